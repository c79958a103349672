//! Tokens in files, seen by other processes: log-ins at the same time, and a process that is killed in the middle of one.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant as Clock};

use eseal::time::Instant;
use eseal::token::{KdfCost, NewToken, Pin, Token, TokenError, TokenFile};

const PIN: &str = "correct horse battery";
const WRONG: &str = "incorrect horse battery";

fn new_token(path: &Path, cost: u32) -> Token {
    let pin = Pin::new(PIN).unwrap();
    let new = NewToken { kdf: KdfCost::demo(cost), ..NewToken::file("fake token", &pin) };
    Token::create(TokenFile::new(path), new, Instant::utc(2026, 11, 24, 8, 0, 0).unwrap()).unwrap().0
}

/// Starts this test program again, to log in once.
fn log_in_elsewhere(path: &Path, pin: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "token::the_other_process", "--ignored", "--nocapture"])
        .env("ESEAL_TEST_TOKEN", path)
        .env("ESEAL_TEST_PIN", pin)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "run by the other tests in a process of its own"]
fn the_other_process() {
    let (Ok(path), Ok(pin)) = (std::env::var("ESEAL_TEST_TOKEN"), std::env::var("ESEAL_TEST_PIN")) else { return };
    let token = Token::open(TokenFile::new(path)).unwrap();
    match token.log_in(&Pin::new(&pin).unwrap(), None) {
        Ok(_) => println!("\nresult ok"),
        Err(TokenError::WrongPin { left }) => println!("\nresult {left} left"),
        Err(error) => println!("\nresult {}", error.code()),
    }
}

fn result(child: Child) -> String {
    let output = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    output.lines().find_map(|line| line.strip_prefix("result ")).unwrap_or_default().to_owned()
}

#[test]
fn wrong_pins_from_two_processes_are_both_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("user.token");
    let token = new_token(&path, 20_000);
    let children = [log_in_elsewhere(&path, WRONG), log_in_elsewhere(&path, WRONG), log_in_elsewhere(&path, PIN)];
    let mut results = children.map(result);
    results.sort();
    assert_eq!(results[2], "ok");
    // Whichever order they came in, the right PIN gave the tries back once.
    assert!(matches!([&*results[0], &*results[1]], ["4 left", "5 left"] | ["5 left", "5 left"]), "{results:?}");
    assert!(token.info().unwrap().tries_left >= 4);
}

#[test]
fn a_process_killed_while_it_derives_has_used_up_its_try_and_left_a_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("user.token");
    // So slow to log in to that there is time to kill who does.
    let token = new_token(&path, 2_000_000);
    let mut child = log_in_elsewhere(&path, PIN);
    let start = Clock::now();
    while token.info().unwrap().tries_left == 6 {
        assert!(start.elapsed() < Duration::from_secs(60), "the try was never written down");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(token.info().unwrap().tries_left, 5);
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["user.token"]);
}
