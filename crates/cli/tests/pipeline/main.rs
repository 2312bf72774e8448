//! The command, from CSV files to answers, as a site owner runs it.

#[cfg(unix)]
mod encoder;
#[cfg(unix)]
mod interrupt;
mod site;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use osusume_tables::Vectors;
use osusume_train::Residual;
use site::{SHOWS, Site};

const BUILD: &str = "build|--ratings|ratings.csv|--catalogue|anime.csv|--recipe|release.toml";
const PACK: &str = "pack|--catalogue|anime.csv|--recipe|release.toml|--model|ncf=osusume-work/ncf.safetensors\
    |--model|synopsis=synopsis.safetensors";

#[test]
fn from_csv_files_to_answers() {
    let site = Site::new();
    site.ok(BUILD);
    site.ok(PACK);
    assert!(site.ok("verify").contains("every file is whole"));
    let inspected: serde_json::Value = serde_json::from_str(&site.ok("inspect|--json")).unwrap();
    assert_eq!(inspected["items"], SHOWS, "each show has a text, 15 of them ratings");
    assert_eq!(inspected["models"][0]["rows"], SHOWS - 1);
    assert_eq!(inspected["about"]["models"]["ncf"]["provenance"]["date"], "2026-01-31");
    assert_eq!(inspected["about"]["models"]["ncf"]["provenance"]["seed"], "1");

    // People who watch odd shows watch odd shows. The training is short, so the list is long.
    let answer: serde_json::Value =
        serde_json::from_str(&site.ok("similar|30|-n|5|--json")).unwrap();
    let ids: Vec<u64> = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids.len(), 5);
    assert!(ids.iter().filter(|id| (*id / 10) % 2 == 1).count() >= 4, "{ids:?}");
    assert!(!ids.contains(&30));

    let found = site.ok("find|show 1");
    assert!(found.lines().next().unwrap().contains(" Show 1"), "{found}");
    assert_eq!(site.ok("similar|the seventh|--json"), site.ok("similar|--id|70|--json"));
    assert_eq!(site.ok("similar|Show 1|--json"), site.ok("similar|--title|show 1|--json"));
    // One title has the word: it is taken, and the command says so beside the answer.
    let output = site.run("similar|seventh|--json");
    assert_eq!(String::from_utf8_lossy(&output.stdout), site.ok("similar|--id|70|--json"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("\"The Seventh\" (id 70)"), "{said}");
    assert_eq!(
        site.ok("recommend|--like|seventh:2|--json"),
        site.ok("recommend|--like|70:2|--json")
    );
    assert_eq!(site.code("similar|show"), "unknown_title");
    // The last show is unrated: its story answers.
    let fallback: serde_json::Value = serde_json::from_str(&site.ok("similar|160|--json")).unwrap();
    assert_eq!(fallback["warnings"][0]["code"], "model_fallback");
    assert_eq!(fallback["model"], "synopsis");
}

#[test]
fn json_is_canonical() {
    let site = Site::new();
    site.ok(BUILD);
    let json = site.ok("similar|10|-n|1|--json");
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json.starts_with(r#"{"items":[{"id":"#), "sorted keys and no spaces: {json}");
    assert_eq!(serde_json_canonicalizer::to_string(&value).unwrap(), json.trim_end());
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let site = Site::new();
    site.ok(&format!("{BUILD}|--out|one|--work|w1"));
    site.ok(&format!("{BUILD}|--out|two|--work|w2"));
    assert_eq!(site.files("one"), site.files("two"));
    // The stages alone give what `build` gives.
    site.ok("train|--ratings|ratings.csv|--catalogue|anime.csv|--recipe|train.toml|--threads|1|--out|ncf.safetensors");
    site.ok(
        "pack|--catalogue|anime.csv|--recipe|release.toml|--model|ncf=ncf.safetensors|--out|three",
    );
    assert_eq!(site.files("one"), site.files("three"));
}

#[test]
fn a_killed_build_leaves_the_old_release() {
    let site = Site::new();
    site.ok(BUILD);
    let before = site.files("embeddings");
    site.write("train.toml", "dims = 64\nepochs = 10000\n");
    let mut build = site.command(BUILD).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    build.kill().unwrap();
    build.wait().unwrap();
    assert_eq!(site.files("embeddings"), before);
    assert!(site.ok("verify").contains("every file is whole"));
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let site = Site::new();
    let lines = [
        "",
        "unknown",
        "similar",
        "similar|1|--title|x",
        "pack|--catalogue|anime.csv",
        "pack|--catalogue|a|--model|x",
        "build|--catalogue|anime.csv",
        "similar|1|-n|-1",
        "encode|--catalogue|a|--model|m|--out|o|--column|nope=x",
    ];
    for line in lines {
        let output = site.run(line);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn a_build_without_ratings_and_encoder_names_both() {
    let output = Site::new().run("build|--catalogue|anime.csv");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    for part in ["--ratings FILE", "--encoder FOLDER", "sentence transformer", "texts"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn the_report_names_all_that_is_lost() {
    let site = Site::new();
    let mut catalogue = std::fs::read_to_string(site.path("anime.csv")).unwrap();
    catalogue += "10,Again,,,,,,,\n,No id,,,,,,,\n777,,,,,,,,\n\
                  990,Bare,,bad,,,,2001-13-01,\n980,Once,,,,,,,\n";
    site.write("anime.csv", &catalogue);
    let ratings = std::fs::read_to_string(site.path("ratings.csv")).unwrap();
    site.write("ratings.csv", &(ratings + "0,980,7\n"));
    let report: serde_json::Value =
        serde_json::from_str(&site.ok(&format!("{BUILD}|--json"))).unwrap();
    let losses: Vec<(&str, u64)> = report["catalogue"]["losses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|loss| (loss["reason"].as_str().unwrap(), loss["count"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        losses,
        [
            ("id_duplicate", 1),
            ("id_empty", 1),
            ("title_empty", 1),
            ("date_invalid", 1),
            ("number_invalid", 1)
        ]
    );
    assert_eq!(
        (&report["catalogue"]["rows"], &report["catalogue"]["items"]),
        (&21.into(), &18.into())
    );
    assert_eq!(report["ratings"]["unknownExamples"][0]["id"], "999999");
    let groups = &report["uncovered"]["groups"];
    assert_eq!(groups[0]["reasons"][0], "no_ratings");
    assert_eq!(groups[0]["count"], 2, "the unrated show and the bare one: {groups}");
    assert_eq!(groups[1]["reasons"][0], "few_ratings");
    assert_eq!(groups[1]["examples"][0]["ratings"], 1);
    assert_eq!(
        (&report["uncovered"]["kept"], &report["release"]["items"]),
        (&false.into(), &15.into())
    );

    let lines = String::from_utf8(site.run(BUILD).stderr).unwrap();
    for part in [
        "line 34, id \"10\": \"Again\"",
        "column \"Aired\": not a date (line 37, id \"990\": \"2001-13-01\")",
        "fewer than 5 ratings (min_interactions) (980 \"Once\", 1 rating)",
        "not in the catalogue, for instance: line",
        "uncovered = \"keep\"",
    ] {
        assert!(lines.contains(part), "{part}: {lines}");
    }
    let recipe = std::fs::read_to_string(site.path("release.toml")).unwrap();
    site.write("release.toml", &format!("uncovered = \"keep\"\n{recipe}"));
    site.ok(BUILD);
    assert!(site.ok("find|Bare").contains("990"), "it stands in the catalogue");
    assert!(site.ok("verify").contains("every file is whole"));
}

#[test]
fn dislikes_are_left_out_of_the_training() {
    let site = Site::new();
    let text = std::fs::read_to_string(site.path("ratings.csv")).unwrap();
    let with_status = text.replace("rating\n", "rating,status\n");
    let mut lines = with_status.lines();
    let mut ratings = format!("{}\n", lines.next().unwrap());
    for (at, line) in lines.enumerate() {
        let status = if at % 7 == 0 { "Dropped" } else { "completed" };
        writeln!(ratings, "{line},{status}").unwrap();
    }
    site.write("ratings.csv", &ratings);
    let train =
        "train|--ratings|ratings.csv|--catalogue|anime.csv|--threads|1|--json|--recipe|train.toml";
    let report =
        |line: &str| -> serde_json::Value { serde_json::from_str(&site.ok(line)).unwrap() };
    let all = report(&format!("{train}|--out|all.safetensors"));
    site.write("train.toml", "dims = 8\nepochs = 3\ndislike_statuses = [\"dropped\"]\n");
    let some = report(&format!("{train}|--out|some.safetensors"));
    let dislikes = some["ratings"]["dislikes"].as_u64().unwrap();
    assert!(dislikes > 20 && all["ratings"]["dislikes"] == 0, "{some}");
    let count = |report: &serde_json::Value| report["ratings"]["interactions"].as_u64().unwrap();
    assert_eq!(count(&all) - dislikes, count(&some));
    let recipe = Vectors::read(&site.path("some.safetensors")).unwrap().provenance.recipe;
    assert!(recipe.contains("dislike_statuses"), "{recipe}");
    site.write("train.toml", "dims = 8\nepochs = 3\ndislike_below = 9\n");
    let below = site.run(&format!("{train}|--out|below.safetensors"));
    assert!(String::from_utf8_lossy(&below.stderr).contains("dislikes"));
    site.write("bare.csv", "user_id,anime_id\n1,10\n2,10\n");
    let bare = "train|--ratings|bare.csv|--out|b.safetensors";
    assert_eq!(site.code(&format!("{bare}|--dislike-below|5")), "column_missing");
    assert_eq!(site.code(&format!("{bare}|--dislike-status|dropped")), "column_missing");
}

#[test]
fn bad_questions_end_with_a_code() {
    let site = Site::new();
    site.ok(BUILD);
    assert_eq!(site.code("similar|10|-n|0"), "limit_out_of_range");
    assert_eq!(site.code("similar|10|-n|1001"), "limit_out_of_range");
    assert_eq!(site.code("similar|11"), "unknown_id");
    assert_eq!(site.code("similar|nobody"), "unknown_title");
    assert_eq!(site.code("similar|show 2"), "ambiguous_title");
    assert_eq!(site.code("similar|10|--model|none"), "unknown_model");
    assert_eq!(site.code("similar|10|--release|nowhere"), "file_missing");
    // n beyond the catalogue is no error: what exists comes back, and a warning says so.
    let answer: serde_json::Value =
        serde_json::from_str(&site.ok("similar|10|-n|1000|--json")).unwrap();
    assert_eq!(answer["items"].as_array().unwrap().len() as u32, SHOWS - 2);
    assert_eq!(answer["warnings"][0]["code"], "few_matches");
}

#[test]
fn bad_inputs_end_with_a_code_and_change_nothing() {
    let site = Site::new();
    site.ok(BUILD);
    let before = site.files("embeddings");
    let build = |ratings: &str, catalogue: &str| {
        site.write("r.csv", ratings);
        let catalogue = if catalogue.is_empty() {
            "anime.csv"
        } else {
            site.write("c.csv", catalogue);
            "c.csv"
        };
        site.code(&format!("build|--ratings|r.csv|--catalogue|{catalogue}"))
    };
    let ratings = std::fs::read_to_string(site.path("ratings.csv")).unwrap();
    assert_eq!(build("", ""), "table_empty");
    assert_eq!(build("user_id,anime_id,rating\n", ""), "table_empty");
    assert_eq!(build("user_id,rating\n1,2\n", ""), "column_missing");
    assert_eq!(build("user_id,anime_id,rating\n1,ten,5\n", ""), "number_invalid");
    assert_eq!(build("user_id,anime_id,rating\n1,10,good\n", ""), "number_invalid");
    assert_eq!(build("user_id,anime_id,rating\n1,\"10,5\n2,10,5\n", ""), "row_broken");
    assert_eq!(build("user_id,anime_id,rating\n1,10,5\n", ""), "too_few_interactions");
    assert_eq!(build(&ratings, "anime_id,Name\n1,\n,A\n"), "row_broken");
    assert_eq!(build(&ratings, "anime_id,Name\n1,\"A\n"), "row_broken");
    assert_eq!(build(&ratings, "Name\nA\n"), "column_missing");
    assert_eq!(site.code("build|--ratings|none.csv|--catalogue|anime.csv"), "io");
    site.write("bad.toml", "epoch = 3\n");
    assert_eq!(
        site.code("build|--ratings|ratings.csv|--catalogue|anime.csv|--recipe|bad.toml"),
        "recipe_invalid"
    );
    site.write("release.toml", "train = \"bad.toml\"\n");
    assert_eq!(site.code(BUILD), "recipe_invalid");
    // A model folder that is not one.
    std::fs::create_dir(site.path("model")).unwrap();
    let encoder = site.code("build|--catalogue|anime.csv|--encoder|model");
    assert_eq!(encoder, "encoder_missing_file");
    // Vectors with NaN, and a file that is not one.
    let mut vectors = Vectors::read(&site.path("synopsis.safetensors")).unwrap();
    vectors.values[5] = f32::NAN;
    vectors.write(&site.path("nan.safetensors")).unwrap();
    assert_eq!(
        site.code("pack|--catalogue|anime.csv|--model|a=nan.safetensors"),
        "vector_not_finite"
    );
    assert_eq!(site.code("pack|--catalogue|anime.csv|--model|a=anime.csv"), "vector_file");
    assert_eq!(site.files("embeddings"), before);
}

/// A limit on the size of files stops a write in its middle, as a disk that fills up does.
#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_ends_with_a_code_and_leaves_what_was_there() {
    let site = Site::new();
    site.ok("train|--ratings|ratings.csv|--recipe|train.toml|--threads|1|--out|ncf.safetensors");
    let before = site.files(".");
    let small = |line: &str| {
        let mut shell = Command::new("sh");
        // The signal that comes with the error would end the process before it can say anything.
        shell
            .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""])
            .arg(env!("CARGO_BIN_EXE_osusume"));
        let output = shell.current_dir(site.dir.path()).args(line.split('|')).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(errors.lines().last().unwrap_or_default().contains(r#""code":"io""#), "{errors}");
    };
    small(
        "train|--json|--ratings|ratings.csv|--recipe|train.toml|--dims|256|--threads|1|--out|ncf.safetensors",
    );
    small("pack|--json|--catalogue|anime.csv|--model|ncf=ncf.safetensors|--out|full");
    assert_eq!(site.files("."), before, "the vectors are the old ones and nothing lies about");
}

#[test]
fn items_without_ratings_get_a_place_by_their_texts() {
    let site = Site::new();
    let train = "train|--ratings|ratings.csv|--catalogue|anime.csv|--recipe|cold.toml|--threads|1|--out|cold.safetensors";
    site.write("cold.toml", "dims = 8\nepochs = 3\ncold = 1.0\nresidual = 3\n");
    assert_eq!(site.code(train), "usage_invalid");
    site.ok(&format!("{train}|--texts|synopsis.safetensors"));
    let vectors = Vectors::read(&site.path("cold.safetensors")).unwrap();
    assert_eq!((vectors.ids.len() as u32, vectors.ids.last()), (SHOWS, Some(&(SHOWS * 10))));
    assert!(vectors.provenance.data.contains("1 items without ratings placed"));
    site.ok("pack|--catalogue|anime.csv|--recipe|release.toml|--model|ncf=cold.safetensors");
    let answer: serde_json::Value =
        serde_json::from_str(&site.ok("similar|160|-n|3|--json")).unwrap();
    assert_eq!(
        (answer["model"].as_str(), answer["warnings"].as_array().map(Vec::len)),
        (Some("ncf"), Some(0))
    );
}

#[test]
fn items_without_ratings_take_part_by_weights_that_their_content_predicts() {
    let site = Site::new();
    let train =
        "train|--ratings|ratings.csv|--recipe|content.toml|--threads|1|--out|content.safetensors";
    site.write(
        "content.toml",
        "dims = 8\nepochs = 3\nresidual = 3\npredicted = 2\ntext_weight = 0.1\n",
    );
    assert_eq!(site.code(train), "usage_invalid");
    assert_eq!(site.code(&format!("{train}|--texts|synopsis.safetensors")), "usage_invalid");
    site.ok(&format!("{train}|--texts|synopsis.safetensors|--catalogue|anime.csv"));
    let vectors = Vectors::read(&site.path("content.safetensors")).unwrap();
    let last = vectors.ids.len() - 1;
    assert_eq!((last as u32 + 1, vectors.ids[last]), (SHOWS, SHOWS * 10));
    assert!(vectors.row(last).iter().all(|&value| value == 0.0), "no vector");
    assert!(vectors.provenance.data.contains("1 items without ratings by their content"));
    site.ok("pack|--catalogue|anime.csv|--recipe|release.toml|--model|ncf=content.safetensors");
    let ask = |line: &str| -> serde_json::Value { serde_json::from_str(&site.ok(line)).unwrap() };
    let answer = ask("similar|160|-n|3|--json");
    assert_eq!(
        (answer["model"].as_str(), answer["warnings"].as_array().map(Vec::len)),
        (Some("ncf"), Some(0))
    );
    assert!(answer["items"][0]["score"].as_f64().unwrap() > 0.0, "{answer}");
}

#[test]
fn several_files_are_learned_from_together() {
    let site = Site::new();
    std::fs::create_dir(site.path("data")).unwrap();
    let ratings = std::fs::read_to_string(site.path("ratings.csv")).unwrap();
    site.write("data/a.csv", &ratings);
    // The same ids are other people, and one of them has planned what nobody else has.
    let header = "user_id,anime_id,rating,status\n";
    let planned = format!("1,{},9,plan_to_watch\n", SHOWS * 10);
    let rows = ratings
        .lines()
        .skip(1)
        .fold(header.to_owned() + &planned, |text, row| text + row + ",completed\n");
    site.write("data/b.csv", &rows);
    let recipe = "dims = 4\nepochs = 2\nresidual = 2\n[[interactions]]\nfile = \"a.csv\"\n\
        [[interactions]]\nfile = \"b.csv\"\nkind = \"lists\"\nweight = 2\nlength = 0.5\n";
    site.write("both.toml", recipe);
    site.write("one.toml", "dims = 4\nepochs = 2\nresidual = 2\n");
    let train = |ratings: &str, recipe: &str| {
        format!("train|--ratings|{ratings}|--recipe|{recipe}|--threads|1|--out|v.safetensors")
    };
    assert_eq!(site.code(&train("a.csv", "both.toml")), "setting_out_of_range");
    assert_eq!(site.code(&train("data", "one.toml")), "setting_out_of_range");
    site.ok(&train("data/a.csv", "one.toml"));
    let one = Vectors::read(&site.path("v.safetensors")).unwrap();
    site.ok(&train("data", "both.toml"));
    let both = Vectors::read(&site.path("v.safetensors")).unwrap();
    assert_eq!(one.ids, both.ids, "what is planned is not learned from");
    let users = |vectors: &Vectors| -> u32 {
        let data = &vectors.provenance.data;
        let at = data.find(" users").unwrap();
        data[..at].rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert_eq!(users(&both), 2 * users(&one));
    assert!(both.provenance.data.starts_with("a.csv, b.csv, "), "{}", both.provenance.data);
    site.write("release2.toml", "train = \"both.toml\"\n");
    let visitors = "eval|--protocol|visitor|--catalogue|anime.csv|--recipe|release2.toml|--ratings|data|--json";
    let measured = site.ok(&format!("{visitors}|--visitors|b.csv"));
    assert!(serde_json::from_str::<serde_json::Value>(&measured).unwrap().is_array());
    assert_eq!(site.code(&format!("{visitors}|--visitors|c.csv")), "usage_invalid");
}

#[test]
fn nothing_is_learned_of_an_item_that_fewer_than_five_people_have() {
    let site = Site::new();
    std::fs::create_dir(site.path("data")).unwrap();
    let ratings = std::fs::read_to_string(site.path("ratings.csv")).unwrap();
    let rare = SHOWS * 10;
    assert!(!ratings.contains(&format!(",{rare},")));
    site.write(
        "both.toml",
        "dims = 4\nepochs = 2\nresidual = 3\npredicted = 2\n\
         [[interactions]]\nfile = \"a.csv\"\n[[interactions]]\nfile = \"b.csv\"\n",
    );
    // Trains with as many people of each file who have the rare item.
    let train = |people: [usize; 2]| {
        for (name, people) in ["data/a.csv", "data/b.csv"].into_iter().zip(people) {
            let rows = (1..=people).map(|user| format!("{user},{rare},9\n"));
            site.write(name, &(ratings.clone() + &rows.collect::<String>()));
        }
        site.ok("train|--ratings|data|--recipe|both.toml|--threads|1|--out|v.safetensors|\
                 --texts|synopsis.safetensors|--catalogue|anime.csv");
        let vectors = Vectors::read(&site.path("v.safetensors")).unwrap();
        let items = vectors.ids.len();
        let residual = Residual::read(&site.path("v.safetensors"), items).unwrap();
        let row = vectors.ids.iter().position(|&id| id == rare).unwrap();
        let has_vector = vectors.row(row).iter().any(|&value| value != 0.0);
        (has_vector, vectors.values, residual.unwrap())
    };
    let nobody = train([0, 0]);
    assert!(!nobody.0);
    assert_eq!(train([4, 0]), nobody, "four people of one file");
    assert_eq!(train([2, 2]), nobody, "four people of two files");
    assert!(train([2, 3]).0, "five people");
}

#[test]
fn every_protocol_of_eval_prints_a_table_and_json_and_draws() {
    let site = Site::new();
    site.write(
        "train.toml",
        "model = \"ials\"\ndims = 4\nepochs = 3\nresidual = 2\nease_lambda = 5\n",
    );
    let models = "--models|popularity,item-knn,train.toml,train.toml:ease_matrix=sparse,\
                  train.toml:residual=0:feedback=weighted,sparse-ease:5";
    for protocol in ["all", "profile", "newcomers", "cold", "knob", "fidelity"] {
        let line = format!(
            "eval|--protocol|{protocol}|--ratings|ratings.csv|--texts|synopsis.safetensors|{models}"
        );
        let table = site.ok(&line);
        assert!(table.lines().count() >= 5 && !table.contains("NaN"), "{protocol}: {table}");
        let json: serde_json::Value =
            serde_json::from_str(&site.ok(&format!("{line}|--json"))).unwrap();
        let names: Vec<&str> =
            json.as_array().unwrap().iter().map(|r| r["model"].as_str().unwrap()).collect();
        assert_eq!(names, models[9..].split(',').collect::<Vec<_>>(), "{protocol}");
    }
    for protocol in ["all", "knob"] {
        let line = format!(
            "eval|--protocol|{protocol}|--ratings|ratings.csv|--models|train.toml|--plot|p.svg"
        );
        site.ok(&line);
        let figure = std::fs::read_to_string(site.path("p.svg")).unwrap();
        assert!(figure.starts_with("<svg ") && figure.contains("train") && !figure.contains("NaN"));
        site.ok(&line);
        assert_eq!(
            std::fs::read_to_string(site.path("p.svg")).unwrap(),
            figure,
            "the same bytes each time"
        );
    }
    // Each model again as a release holds it, vectors alone only once.
    let line = "eval|--protocol|newcomers|--ratings|ratings.csv|--keep|1,2|--json|--models";
    let kept = site.ok(&format!("{line}|popularity,ease:5,train.toml,train.toml:residual=0"));
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    let bytes: Vec<Vec<f64>> = (kept.as_array().unwrap().iter())
        .map(|report| report["packed"].as_array().unwrap().iter())
        .map(|forms| forms.map(|form| form["bytes_per_item"].as_f64().unwrap()).collect())
        .collect();
    assert_eq!(bytes, [vec![], vec![8.0, 12.0], vec![16.0, 20.0], vec![8.0]]);
    assert_eq!(kept[0]["bytes_per_item"], 0.0);
    // Another trainer trains on what ours do, and its vectors are asked for the same newcomers.
    let newcomers = "eval|--protocol|newcomers|--ratings|ratings.csv|--threads|1|--models";
    let ours = site.ok(&format!("{newcomers}|train.toml|--training|seen.csv"));
    let seen = std::fs::read_to_string(site.path("seen.csv")).unwrap();
    let all = std::fs::read_to_string(site.path("ratings.csv")).unwrap();
    assert!(seen.starts_with("user_id,item_id\n") && seen.lines().count() < all.lines().count());
    site.ok("train|--ratings|seen.csv|--recipe|train.toml|--min-interactions|1|--threads|1|--out|theirs.safetensors");
    let theirs = site.ok(&format!("{newcomers}|theirs.safetensors"));
    assert_eq!(theirs.lines().count(), ours.lines().count(), "{theirs}");
    for unknown in ["oracle", "sparse-ease:5:0"] {
        let line = format!("eval|--ratings|ratings.csv|--models|{unknown}");
        assert_eq!(site.code(&line), "usage_invalid");
    }
    assert_eq!(
        site.code("eval|--ratings|ratings.csv|--models|train.toml:dims=many"),
        "recipe_invalid"
    );
    assert_eq!(site.code("eval|--ratings|ratings.csv|--protocol|cold"), "usage_invalid");
}

#[test]
fn ratings_of_unknown_items_are_counted_and_left_out() {
    let site = Site::new();
    let output = site.run(BUILD);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("1 of unknown items"), "{said}");
}

#[test]
fn a_catalogue_without_members_has_those_of_the_ratings() {
    let site = Site::new();
    let catalogue = std::fs::read_to_string(site.path("anime.csv")).unwrap();
    site.write("anime.csv", &catalogue.replace(",Members", ",Other"));
    let mut ratings = std::fs::read_to_string(site.path("ratings.csv")).unwrap();
    for user in 100..140 {
        write!(ratings, "{user},70,9\n{user},90,9\n{user},110,9\n").unwrap();
    }
    site.write("ratings.csv", &(ratings + "200,70,9\n200,30,9\n200,50,9\n"));
    site.ok(BUILD);
    let start: serde_json::Value = serde_json::from_str(&site.ok("recommend|-n|3|--json")).unwrap();
    assert_eq!(start["items"][0]["id"], 70, "most people watch it: {start}");
}

#[test]
fn text_ids_get_numbers_and_keep_their_keys() {
    let site = Site::new();
    let mut catalogue = "key,title\n".to_owned();
    let mut ratings = "user\titem\n".to_owned();
    for n in 0..8 {
        writeln!(catalogue, "item-{n},Thing {n}").unwrap();
        (0..20)
            .filter(|user| (user + n) % 2 == 0)
            .for_each(|user| writeln!(ratings, "u{user}\titem-{n}").unwrap());
    }
    site.write("things.csv", &catalogue);
    site.write("likes.tsv", &ratings);
    site.ok("build|--ratings|likes.tsv|--catalogue|things.csv|--out|things");
    let answer: serde_json::Value =
        serde_json::from_str(&site.ok("similar|--id|item-3|--release|things|--json")).unwrap();
    assert_eq!(answer["items"].as_array().unwrap().len(), 7);
    assert!(answer["items"][0]["key"].as_str().unwrap().starts_with("item-"));
}

#[test]
fn help_and_version_are_there() {
    let site = Site::new();
    assert!(site.ok("--help").contains("similar"));
    assert!(site.ok("--version").contains(env!("CARGO_PKG_VERSION")));
    assert!(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("README.md").exists(),
        "the package has a README"
    );
}
