"""Holds one emulator and ends it when its parent is gone.

    python watchdog.py FOLDER COMMAND...

The test process keeps the write end of our standard input. However it ends, by returning,
by a panic, by SIGKILL, the kernel closes that end and we read EOF: then the emulator goes,
with everything it started and its FOLDER (with `log.txt`). When the emulator ends by itself, the
folder stays, for whoever wants to know why.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading


def main() -> None:
    with open(os.path.join(sys.argv[1], "log.txt"), "wb") as log:
        child = subprocess.Popen(
            sys.argv[2:],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # A group of its own, so that its workers can be ended with it.
            start_new_session=True,
        )

    # Ctrl-C in the terminal reaches the test process too; EOF follows from it.
    for unwanted in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(unwanted, signal.SIG_IGN)
    ending = threading.Event()

    def leave_with_it() -> None:
        status = child.wait()
        if not ending.is_set():
            os._exit(status & 0xFF)

    threading.Thread(target=leave_with_it, daemon=True).start()
    print(child.pid, flush=True)
    while os.read(0, 4096):
        pass
    ending.set()
    try:
        # Nothing of an emulator is worth saving, and localemu ignores SIGTERM for long.
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    os._exit(0)


main()
