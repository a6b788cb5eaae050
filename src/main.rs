//! The doorway.

fn main() -> std::process::ExitCode {
    infradeck::cli::main(std::env::args_os())
}
