#!/usr/bin/env python3
"""Writes tests/golden/<model>/vectors.safetensors: sentence vectors of the models that tools/make_golden.py has written, in float64:
for the first batch the mean over each sequence's last hidden states, and those of the first token, [5, 24] each.

    HF_HUB_OFFLINE=1 .venv/bin/python tools/make_golden_vectors.py

With a folder of all-MiniLM-L6-v2 as argument it prints instead, for texts on stdin, a line each of the mean's 384 numbers, to
compare with by hand. Made with torch 2.15 and transformers 5.23.
"""
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer

ROOT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden"


def mean_over(states, mask):
    return (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


def write(name):
    model = AutoModel.from_pretrained(ROOT / name).double().eval()
    batch = load_file(ROOT / name / "expected.safetensors")
    inputs = {"input_ids": batch["ids"][0], "attention_mask": batch["mask"][0]}
    if model.config.model_type == "bert":
        inputs["token_type_ids"] = batch["types"][0]
    with torch.no_grad():
        states = model(**inputs).last_hidden_state
    vectors = {"mean": mean_over(states, batch["mask"][0].double()), "first": states[:, 0].contiguous()}
    save_file(vectors, ROOT / name / "vectors.safetensors")


def show(folder):
    model, tokenizer = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    for line in sys.stdin:
        inputs = tokenizer([line.rstrip("\n")], return_tensors="pt", truncation=True, max_length=512)
        with torch.no_grad():
            states = model(**inputs).last_hidden_state
        print(*(f"{x:.7g}" for x in mean_over(states, inputs["attention_mask"].float())[0].tolist()))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        show(sys.argv[1])
    else:
        for model_name in ("bert", "bert_gelu_new", "distilbert", "distilbert_relu"):
            write(model_name)
