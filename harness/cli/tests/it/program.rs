//! Runs the program as a user does, in a folder of its own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A folder to run the program in.
pub(crate) struct Folder(TempDir);

/// What a run of the program left behind.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder can be made"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file and gives its path.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file lies in a folder"))
            .expect("a folder can be made");
        std::fs::write(&path, bytes).expect("a file can be written");
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs the program with these arguments, separated by spaces.
    pub(crate) fn run(&self, arguments: &str) -> Ran {
        self.run_with(arguments, b"")
    }

    /// What the program says when it refuses these arguments, and its exit code; nothing may go to standard output.
    pub(crate) fn refused(&self, arguments: &str) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.out, "");
        format!("$ ketenproef {arguments}\n{}{}\n", ran.err, ran.code)
    }

    /// Runs the program with these arguments and this standard input.
    pub(crate) fn run_with(&self, arguments: &str, stdin: &[u8]) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        // A program that refuses its arguments does not read; that is no fault of the test.
        drop(child.stdin.take().expect("stdin is piped").write_all(stdin));
        let output = child.wait_with_output().expect("the program ends");
        let text =
            |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&*self.path().to_string_lossy(), "FOLDER");
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// The program, ready to start here.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ketenproef"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.path())
            .env("NO_COLOR", "1")
            .env_remove("KETENPROEF_LOG");
        command
    }

    /// A generated message, by name.
    pub(crate) fn generate(&self, message: &str) -> String {
        let ran = self.run(&format!("generate --message {message} --seed 7"));
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out
    }
}
