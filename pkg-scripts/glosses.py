"""Definitions and examples of WordNet's senses that are in use, a line each: glosses.py DICT-FOLDER."""
import pathlib
import re
import sys

folder = pathlib.Path(sys.argv[1])


def lines(name):
    with open(folder / name, encoding="utf-8") as file:
        yield from (line for line in file if not line.startswith("  "))


for part in ("noun", "verb", "adj", "adv"):
    # lemma pos synset_cnt p_cnt [symbol ...] sense_cnt tagsense_cnt offset ...: the senses in use come first.
    used = set()
    for line in lines(f"index.{part}"):
        fields = line.split()
        at = 5 + int(fields[3])
        used.update(fields[at + 1:at + 1 + int(fields[at])])
    for line in lines(f"data.{part}"):
        head, gloss = line.split(" | ", 1)
        fields = head.split()
        if fields[0] not in used:
            continue
        words = [fields[4 + 2 * n].split("(")[0].replace("_", " ") for n in range(int(fields[3], 16))]
        definition = re.sub(r';?\s*"[^"]*"?', "", gloss).strip(" ;\n")
        print(f"{', '.join(words[:4])}: {definition}")
        for example in re.findall(r'"([^"]+)"', gloss):
            if len(example.split()) >= 4:
                print(example)
