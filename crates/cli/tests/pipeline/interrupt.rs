//! Signals in every stage of a build: the old release stays, and the same command resumes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::encoder::write_encoder;
use crate::site::Site;

type Files = BTreeMap<String, Vec<u8>>;

/// The shows of a catalogue that is large enough for every stage to be hit by a signal.
const MANY: u32 = 240;

/// A build with every stage: training, encoding, distilling, a map, a site.
const BUILD_ALL: &str = "build|--ratings|ratings.csv|--catalogue|anime.csv|--recipe|all.toml\
    |--encoder|encoder|--sentences|more.txt";

const OLD: &str =
    "build|--ratings|ratings.csv|--catalogue|anime.csv|--recipe|release.toml|--work|old-work";

/// A signal and the exit code that it gives; none if the process cannot catch it.
#[derive(Clone, Copy)]
struct Signal {
    name: &'static str,
    number: i32,
    code: Option<i32>,
}

const INT: Signal = Signal { name: "INT", number: 2, code: Some(130) };
const TERM: Signal = Signal { name: "TERM", number: 15, code: Some(143) };
const KILL: Signal = Signal { name: "KILL", number: 9, code: None };

/// The moment for a signal.
enum Moment<'a> {
    /// A line on standard error holds this text.
    Line(&'a str),
    /// A file is longer than this.
    File(&'a str, u64),
}

/// How an interrupted command ended.
struct Ended {
    status: ExitStatus,
    stderr: String,
    took: Duration,
}

/// A running command whose standard error is read.
struct Running {
    child: Child,
    lines: Receiver<String>,
    stderr: String,
}

impl Running {
    fn start(site: &Site, line: &str) -> Self {
        let mut command = site.command(line);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        // It reads on after the last receiver has gone, so that the command never waits for it.
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { child, lines, stderr: String::new() }
    }

    fn wait_for(&mut self, site: &Site, moment: &Moment<'_>) {
        match moment {
            Moment::Line(text) => loop {
                let line = self.lines.recv_timeout(Duration::from_secs(300));
                let line = line.unwrap_or_else(|_| panic!("no {text:?} in: {}", self.stderr));
                self.stderr += &line;
                self.stderr.push('\n');
                if line.contains(text) {
                    return;
                }
            },
            Moment::File(name, bytes) => {
                let path = site.path(name);
                while !path.metadata().is_ok_and(|found| found.len() > *bytes) {
                    assert!(self.child.try_wait().unwrap().is_none(), "ended before {name}");
                    thread::sleep(Duration::from_millis(1));
                }
            }
        }
    }

    fn send(&self, signal: Signal) {
        let (option, process) = (format!("-{}", signal.name), self.child.id().to_string());
        assert!(Command::new("kill").args([option, process]).status().unwrap().success());
    }

    fn end(mut self) -> Ended {
        let start = Instant::now();
        let status = self.child.wait().unwrap();
        let took = start.elapsed();
        self.stderr.extend(self.lines.iter().flat_map(|line| [line, "\n".to_owned()]));
        Ended { status, stderr: self.stderr, took }
    }
}

fn interrupt(site: &Site, line: &str, moment: &Moment<'_>, signal: Signal) -> Ended {
    let mut running = Running::start(site, line);
    running.wait_for(site, moment);
    running.send(signal);
    let ended = running.end();
    let Ended { status, stderr, took } = &ended;
    if let Some(code) = signal.code {
        assert_eq!(status.code(), Some(code), "{line}: {status}: {stderr}");
        let last = stderr.lines().last().unwrap_or_default();
        assert!(last.ends_with("run the same command again to resume"), "{line}: {stderr}");
        assert!(*took < Duration::from_secs(6), "{line}: took {took:?}");
    } else {
        assert_eq!(status.signal(), Some(signal.number), "{line}: {stderr}");
    }
    ended
}

/// Replaces a file by a pipe, which blocks whoever reads it, while `work` runs.
fn with_pipe(site: &Site, name: &str, work: impl FnOnce()) {
    let (path, aside) = (site.path(name), site.path("aside"));
    std::fs::rename(&path, &aside).unwrap();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    work();
    std::fs::rename(&aside, &path).unwrap();
}

/// A site with an old release and the inputs of a large new one.
fn large_site() -> Site {
    let site = Site::new();
    site.ok(OLD);
    std::fs::write(site.path("embeddings/site.toml"), "title = \"Old\"\n").unwrap();
    let mut catalogue = "anime_id,Name,Genres,Synopsis,Members\n".to_owned();
    let words = ["a", "b", "c", "ab", "ba", "ca", "cab", "abba"];
    for n in 1..=MANY {
        let at = |m: u32| words[((n * 7919 + m * m * 31) % 127 % 8) as usize];
        let text: Vec<&str> = (0..150).map(at).collect();
        let genre = if n % 2 == 0 { "Action" } else { "Romance" };
        writeln!(
            catalogue,
            "{n},Show {} {n},{genre},\"{}. {}.\",{n}",
            at(5),
            text.join(" "),
            at(3)
        )
        .unwrap();
    }
    site.write("anime.csv", &catalogue);
    let mut ratings = "user_id,anime_id,rating\n".to_owned();
    for user in 0..120_u32 {
        for n in (1..=MANY).filter(|n| n % 2 == user % 2 && (user * 31 + n * 17) % 11 == 0) {
            writeln!(ratings, "{user},{n},8").unwrap();
        }
    }
    site.write("ratings.csv", &ratings);
    site.write("more.txt", "a cab. abba\n");
    site.write("train.toml", "dims = 8\nepochs = 250\n");
    site.write(
        "all.toml",
        "train = \"train.toml\"\nmap = true\ndistil = true\n[site]\ntitle = \"New\"\n",
    );
    write_encoder(&site.path("encoder"));
    site
}

/// The release of a build that nothing interrupts.
fn uninterrupted() -> &'static Files {
    static FILES: OnceLock<Files> = OnceLock::new();
    FILES.get_or_init(|| {
        let site = large_site();
        site.ok(BUILD_ALL);
        site.ok("verify");
        site.files("embeddings")
    })
}

fn assert_same(before: &Files, site: &Site, stage: &str) {
    let after = site.files("embeddings");
    for (name, content) in before {
        assert!(after.get(name) == Some(content), "{stage}: {name} is another");
    }
    assert!(site.ok("verify").contains("every file is whole"));
}

/// Interrupts the same build once in each stage; each run resumes the one before.
fn interrupt_every_stage(signal: Signal) {
    let site = large_site();
    let before = site.files("embeddings");
    let hit = |stage: &str, moment: Moment<'_>| {
        let ended = interrupt(&site, BUILD_ALL, &moment, signal);
        assert_same(&before, &site, stage);
        if signal.code.is_some() {
            assert!(site.files("embeddings") == before, "{stage}: no new file stays");
        }
        ended.stderr
    };
    with_pipe(&site, "ratings.csv", || {
        hit("reading", Moment::Line("reading ratings.csv"));
    });
    hit("training", Moment::Line("epoch 3/"));
    assert!(!site.path("osusume-work/ncf.safetensors").exists(), "no half-trained vectors");
    let stderr = hit("encoding", Moment::File("osusume-work/synopsis.resume", 1000));
    assert!(stderr.contains("resuming from"), "{stderr}");
    with_pipe(&site, "more.txt", || {
        let stderr = hit("reading sentences", Moment::Line("reading more.txt"));
        assert!(!stderr.contains("will be distilled"), "{stderr}");
    });
    let stderr = hit("distilling", Moment::Line("distilling a text encoder"));
    assert!(stderr.contains("will be distilled from"), "it is announced: {stderr}");
    assert!(stderr.contains("texts are there already"), "{stderr}");
    hit("packing", Moment::Line("packing ..."));
    hit("map", Moment::Line("drawing the map ..."));

    site.ok(BUILD_ALL);
    assert!(site.files("embeddings") == *uninterrupted(), "the same bytes in the end");
    assert!(!site.path("osusume-work/ncf.resume").exists(), "the checkpoint is removed");
}

#[test]
fn sigint_in_every_stage_leaves_the_old_release_and_the_build_resumes() {
    interrupt_every_stage(INT);
}

#[test]
fn sigterm_in_every_stage_leaves_the_old_release_and_the_build_resumes() {
    interrupt_every_stage(TERM);
}

#[test]
fn sigkill_in_every_stage_leaves_the_old_release_and_the_build_resumes() {
    interrupt_every_stage(KILL);
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    let site = Site::new();
    with_pipe(&site, "ratings.csv", || {
        let mut running = Running::start(&site, OLD);
        running.wait_for(&site, &Moment::Line("reading ratings.csv"));
        running.send(INT);
        // Two signals at the same time may come in either order.
        std::thread::sleep(Duration::from_millis(300));
        running.send(TERM);
        let ended = running.end();
        assert_eq!(ended.status.code(), Some(143), "{}", ended.stderr);
        assert!(!ended.stderr.contains("interrupted"), "it did not end by itself");
    });
}

#[test]
fn an_interrupted_run_says_so_as_json() {
    let site = Site::new();
    with_pipe(&site, "ratings.csv", || {
        let mut running = Running::start(&site, &format!("{OLD}|--json"));
        running.wait_for(&site, &Moment::Line("reading ratings.csv"));
        running.send(INT);
        let ended = running.end();
        assert_eq!(ended.status.code(), Some(130), "{}", ended.stderr);
        let last = ended.stderr.lines().last().unwrap();
        let error: serde_json::Value = serde_json::from_str(last).unwrap();
        assert_eq!(error["error"]["code"], "interrupted");
    });
}

/// Interrupts a subcommand that writes one file, at its first moment and when it has resumed.
/// Compares the last run with an uninterrupted one.
fn interrupt_alone(site: &Site, line: &str, moments: &[Moment<'_>; 2], out: &Path) {
    site.ok(line);
    let want = std::fs::read(out).unwrap();
    std::fs::remove_file(out).unwrap();
    let _ = std::fs::remove_file(out.with_extension("resume"));
    for (moment, signal) in moments.iter().zip([INT, TERM]) {
        interrupt(site, line, moment, signal);
        assert!(!out.exists(), "{line}: nothing half done is written");
        assert!(out.with_extension("resume").exists(), "{line}: the next run can resume");
    }
    let output = site.run(line);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("resuming from") || stderr.contains("there already"), "{stderr}");
    assert!(std::fs::read(out).unwrap() == want, "{line}: the same bytes");
}

#[test]
fn train_and_encode_alone_write_nothing_half_done_and_resume() {
    let site = large_site();
    let train = "train|--ratings|ratings.csv|--recipe|train.toml|--threads|1|--out|n.safetensors";
    let moments = [Moment::Line("epoch 3/"), Moment::Line("resuming from")];
    interrupt_alone(&site, train, &moments, &site.path("n.safetensors"));
    assert!(!site.path("n.resume").exists());
    let encode = "encode|--catalogue|anime.csv|--model|encoder|--out|t.safetensors";
    let moments = [Moment::File("t.resume", 1000), Moment::Line("are there already")];
    interrupt_alone(&site, encode, &moments, &site.path("t.safetensors"));

    let auto = "train|--ratings|ratings.csv|--recipe|auto|--threads|1|--out|auto.safetensors";
    interrupt(&site, auto, &Moment::Line("validation NDCG@10"), INT);
    assert!(!site.path("auto.safetensors").exists());
}

#[test]
fn pack_and_map_alone_leave_the_old_release() {
    let site = large_site();
    let train = "train|--ratings|ratings.csv|--threads|1|--epochs|1|--out|n.safetensors";
    site.ok(train);
    let before = site.files("embeddings");
    let pack = "pack|--catalogue|anime.csv|--recipe|all.toml|--model|ncf=n.safetensors";
    for signal in [INT, TERM, KILL] {
        for text in ["packing ...", "drawing the map ..."] {
            interrupt(&site, pack, &Moment::Line(text), signal);
            assert_same(&before, &site, text);
        }
    }
    site.ok(pack);
    let with_map = site.files("embeddings");
    assert_eq!(with_map["site.toml"], b"title = \"New\"\n");
    for signal in [INT, TERM, KILL] {
        interrupt(&site, "map", &Moment::Line("drawing the map ..."), signal);
        assert!(site.files("embeddings") == with_map, "map");
    }
    // The map of a publication is the one that `map` adds to the release without it.
    site.write("all.toml", "[site]\ntitle = \"New\"\n");
    site.ok(&format!("{pack}|--out|plain"));
    site.ok("map|plain");
    let (mut one, mut other) = (with_map, site.files("plain"));
    let release = |files: &Files| {
        let manifest: serde_json::Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
        manifest["release"].clone()
    };
    assert_eq!(release(&one), release(&other));
    // The file about the release has the recipe, and only one of the two asks for a map.
    for files in [&mut one, &mut other] {
        files.retain(|name, _| !name.starts_with("about.") && name != "manifest.json");
    }
    assert!(one == other);
}
