#!/usr/bin/env python3
"""Writes tests/golden/tokenizer_hashes.txt and tokenizer_unicode.txt from the Python BertTokenizer.

Needs transformers==4.57.1 (version 5 has no Python tokenizer) and CPython 3.11 (Unicode 14.0).
    HF_HUB_OFFLINE=1 python tools/make_golden_tokenizer.py DATA   # DATA: the folder with sst/, glue/, vocab/

tokenizer_hashes.txt: name TAB rows TAB SHA-256 of one line of ids for each row ("ids | types" for pairs).
tokenizer_unicode.txt: UTF-8 of a text in hexadecimal, then for each of SETTINGS a TAB and its ids.
"""
import hashlib
import random
import sys
import unicodedata
from pathlib import Path

import transformers
from transformers.models.bert import tokenization_bert

transformers.logging.set_verbosity_error()
assert transformers.__version__ == "4.57.1" and unicodedata.unidata_version == "14.0.0"
GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"
SETTINGS = [
    {"do_lower_case": True},
    {"do_lower_case": False},
    {"do_lower_case": True, "strip_accents": False},
    {"do_lower_case": False, "strip_accents": True},
    {"do_lower_case": True, "tokenize_chinese_chars": False},
]


class WithoutNfc:
    """unicodedata as the tokenizer of transformers 4.7 used it: 4.57 composes (NFC) before it splits."""

    category = staticmethod(unicodedata.category)

    @staticmethod
    def normalize(form, text):
        return text if form == "NFC" else unicodedata.normalize(form, text)


tokenization_bert.unicodedata = WithoutNfc


def tokenizer(data, settings):
    return tokenization_bert.BertTokenizer(str(data / "vocab" / "bert-base-uncased.txt"), **settings)


def rows(path):
    lines = path.read_bytes().decode("utf-8").removesuffix("\n").split("\n")
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"))) for line in lines[1:]]


def join(ids):
    return " ".join(map(str, ids))


def single(model, path):
    return [join(model(row["sentence"])["input_ids"]) for row in rows(path)]


def pairs(model, path, max_length):
    lines = []
    for row in rows(path):
        cut = {"truncation": "longest_first", "max_length": max_length} if max_length else {}
        encoding = model(row["question1"], row["question2"], **cut)
        lines.append(join(encoding["input_ids"]) + " | " + join(encoding["token_type_ids"]))
    return lines


def write_hashes(data):
    uncased, cased = tokenizer(data, SETTINGS[0]), tokenizer(data, SETTINGS[1])
    sets = {}
    for path in sorted(data.glob("sst/*.tsv")) + sorted(data.glob("glue/SST-2/*.tsv")):
        sets[f"uncased {path.relative_to(data)}"] = single(uncased, path)
    sets["cased sst/train.tsv"] = single(cased, data / "sst" / "train.tsv")
    for name in "dev", "train":
        path = data / "glue" / "QQP" / f"{name}.tsv"
        for max_length in 0, 128:
            sets[f"uncased-{max_length} {path.relative_to(data)}"] = pairs(uncased, path, max_length)
    path = data / "glue" / "QQP" / "dev.tsv"
    sets[f"cased-16 {path.relative_to(data)}"] = pairs(cased, path, 16)
    with open(GOLDEN / "tokenizer_hashes.txt", "w", encoding="ascii") as out:
        for name, lines in sets.items():
            digest = hashlib.sha256(("\n".join(lines) + "\n").encode()).hexdigest()
            out.write(f"{name}\t{len(lines)}\t{digest}\n")


def nasty_text(chance):
    """A short text of characters that each have something to do with one of the tokenizer's steps."""
    marks = [c for c in map(chr, range(0x300, 0x1E900)) if unicodedata.combining(c)]
    groups = [
        *[list("aeimnorstABE09")] * 8, *[list(" \t\r\n")] * 3, list("!#'-.<=>[]_`"), marks, marks,
        list("[CLS] [SEP] [MASK] [UNK] [PAD]".split()), list("\u00e9\u00c9\u0130\u03a3\u03c2\u00df\u1e9e\u212a\ufb01"),
        list("\u00a0\u3000\u2028\u2029\u1680"), list("\0\u0001\u200b\u00ad\ufeff\ufffd\ue000\u0378\uffff\U0001fae8"),
        list("\u4e2d\uf900\u3400\U0002b820\U0002f800\u30ac\uac00\ub098\u1112\u1161"),
        list("\u2026\u2014\u037e\u0387\u1fef\u226e\u2260\u00b7\u20ac\U00011c41"),
        [chr(c) for c in range(0x80, 0x2000)], [chr(c) for c in range(0xA000, 0x1F000) if not 0xD800 <= c < 0xE000],
    ]
    return "".join(chance.choice(chance.choice(groups)) for _ in range(chance.randint(1, 24)))


def after_cleaning_special(text):
    """Whether removing characters makes a word equal to a special token: outside the documented steps."""
    kept = [c for c in text if unicodedata.category(c)[0] != "C" or c in "\t\n\r"]
    return any(t in "".join(kept) and t not in text for t in ("[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]"))


def write_unicode(data):
    chance = random.Random(1)
    models = [tokenizer(data, settings) for settings in SETTINGS]
    texts = [nasty_text(chance) for _ in range(600)]
    with open(GOLDEN / "tokenizer_unicode.txt", "w", encoding="ascii") as out:
        for text in texts:
            if after_cleaning_special(text):
                continue
            ids = [join(model(text, add_special_tokens=False)["input_ids"]) for model in models]
            out.write("\t".join([text.encode().hex(), *ids]) + "\n")


def main():
    data = Path(sys.argv[1])
    GOLDEN.mkdir(parents=True, exist_ok=True)
    write_unicode(data)
    write_hashes(data)


if __name__ == "__main__":
    main()
