"""TLS before the proxy: `tls_front.py PORT FOLDER`. Prints its own port; ends with its standard input.

It presents a certificate that nobody knows until FOLDER/good is there, and from then on one that FOLDER/root.pem signed.
"""
import datetime
import ipaddress
import pathlib
import socket
import ssl
import sys
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PORT, FOLDER = int(sys.argv[1]), pathlib.Path(sys.argv[2])


def certificate(name, issuer=None, issuer_key=None):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer:
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    return builder.sign(issuer_key or key, hashes.SHA256()), key


def context(root_name, root_file):
    root, root_key = certificate(root_name)
    leaf, leaf_key = certificate("aws", root, root_key)
    (FOLDER / root_file).write_bytes(root.public_bytes(serialization.Encoding.PEM))
    chain = FOLDER / f"{root_name}-leaf.pem"
    chain.write_bytes(
        leaf_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + leaf.public_bytes(serialization.Encoding.PEM)
    )
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(chain)
    return made


STRANGER, KNOWN = context("stranger", "stranger.pem"), context("root", "root.pem")


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        for end in (source, sink):
            try:
                end.close()
            except OSError:
                pass


def serve(client):
    try:
        client = (KNOWN if (FOLDER / "good").exists() else STRANGER).wrap_socket(client, server_side=True)
        proxy = socket.create_connection(("127.0.0.1", PORT))
    except OSError:
        client.close()
        return
    threading.Thread(target=pump, args=(client, proxy), daemon=True).start()
    pump(proxy, client)


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)


def accept():
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


threading.Thread(target=accept, daemon=True).start()
sys.stdin.read()
