#!/usr/bin/env python3
"""Shows that hone and transformers predict the same with each other's saved models.

    tools/check_transformers.py --bin build/release/bin --run RUN_OR_MODEL_FOLDER [--sentences FILE]

RUN_OR_MODEL_FOLDER was saved by hone. Compared are the logits of the sentences, one by one, hone in float32 and transformers in float64,
so that only hone's rounding counts:
  1. transformers against hone, with the folder as hone saved it;
  2. hone against transformers, with the model as transformers saves it: model.safetensors, and pytorch_model.bin in
     torch's zip and in its legacy container.
Exits with 1 when a difference exceeds 1e-5.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

SENTENCES = """a gripping, funny film
not good
It's a lovely film with lovely performances by Buy and Accorsi.

A naïve café owner — 3,000 £ in debt — and 一个 cat: who'd care?
good bad """ + "very " * 300 + "\n"


def hone_logits(binaries, folder, sentences):
    output = subprocess.run([binaries / "predict", "--model", folder, "--logits"], input="\n".join(sentences) + "\n",
                            text=True, check=True, capture_output=True).stdout
    return torch.tensor([[float(value) for value in line.split("\t")[1:]] for line in output.splitlines()], dtype=torch.float64)


def transformers_logits(folder, sentences):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval().double()
    with torch.no_grad():
        rows = [model(**tokenizer(s, return_tensors="pt", truncation=True)).logits[0] for s in sentences]
    return torch.stack(rows), model.float(), tokenizer


def save_torch(model, source, folder, **options):
    """The model's folder with its weights in pytorch_model.bin."""
    shutil.copytree(source, folder)
    (folder / "model.safetensors").unlink()
    torch.save(model.state_dict(), folder / "pytorch_model.bin", **options)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--run", type=pathlib.Path, required=True)
    parser.add_argument("--sentences", type=pathlib.Path)
    arguments = parser.parse_args()
    saved = arguments.run / "model" if (arguments.run / "model").is_dir() else arguments.run
    text = arguments.sentences.read_text() if arguments.sentences else SENTENCES
    sentences = text.rstrip("\n").split("\n")
    expected, model, tokenizer = transformers_logits(saved, sentences)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        model.save_pretrained(scratch / "safetensors")
        tokenizer.save_pretrained(scratch / "safetensors")
        if not (scratch / "safetensors" / "vocab.txt").exists():  # transformers 5 writes tokenizer.json alone
            print("note: transformers wrote no vocab.txt, hone reads its tokenizer.json")
        save_torch(model, scratch / "safetensors", scratch / "zip")
        save_torch(model, scratch / "safetensors", scratch / "legacy", _use_new_zipfile_serialization=False)
        worst = 0
        for name, folder in [("saved by hone", saved), ("saved by transformers, safetensors", scratch / "safetensors"),
                             ("torch file, zip", scratch / "zip"), ("torch file, legacy", scratch / "legacy")]:
            difference = (hone_logits(arguments.bin, folder, sentences) - expected).abs().max().item()
            worst = max(worst, difference)
            print(f"{name:<36} {len(sentences)} sentences, largest difference of a logit {difference:.1e}")
    return 0 if worst <= 1e-5 else 1


if __name__ == "__main__":
    sys.exit(main())
