#!/usr/bin/env python3
"""Writes tests/golden/torch_*/: small files of torch.save() in both containers and the same tensors as safetensors.

    python3 -m venv .venv && .venv/bin/pip install torch transformers safetensors
    HF_HUB_OFFLINE=1 .venv/bin/python tools/make_golden_torch.py

torch_tensors/ holds every dtype and kind of view, as a plain dict, inside a checkpoint and with deflated members;
torch_model/ a tiny classifier. tests/data/torch_file_test.cpp reads them. Made with torch 2.15 and transformers 5.23.
"""
import pathlib
import zipfile
from collections import OrderedDict

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForSequenceClassification

ROOT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden"
DTYPES = ["float32", "float16", "bfloat16", "float64", "int64", "int32", "int16", "int8", "uint8", "bool"]


def save(obj, path, legacy):
    torch.save(obj, path, _use_new_zipfile_serialization=not legacy)


def tensors():
    generator = torch.Generator().manual_seed(3)
    base = torch.randn(60, generator=generator)
    out = OrderedDict()
    for name in DTYPES:
        out[name] = (torch.randn(2, 3, generator=generator) * 40).to(getattr(torch, name))
    out["special"] = torch.tensor([float("nan"), float("inf"), -float("inf"), -0.0, 1e-40])
    out["half_special"] = torch.tensor([65504.0, 6e-8, -float("inf"), -0.0], dtype=torch.float16)
    out["parameter"] = torch.nn.Parameter(torch.randn(4, generator=generator))
    out["frozen"] = torch.nn.Parameter(torch.randn(2, 1, generator=generator), requires_grad=False)
    out["scalar"] = torch.tensor(7.5)
    out["empty"] = torch.zeros(0, 5)
    out["whole"] = base
    out["offset"] = base[17:30]
    out["matrix"] = base[4:34].view(5, 6)
    out["transposed"] = out["matrix"].t()
    out["permuted"] = base.view(3, 4, 5).permute(2, 0, 1)
    out["every_second"] = base[1::2]
    out["expanded"] = base[3:6].view(3, 1).expand(3, 4)
    out["column"] = base.view(6, 10)[:, 2:3]
    out["half_transposed"] = out["float16"].t()
    out["long_diagonal"] = out["int64"].diagonal()
    out["n\u00e4me \U0001f600"] = torch.ones(1)
    return out


def write_safetensors(values, path):
    save_file({name: value.detach().clone(memory_format=torch.contiguous_format) for name, value in values.items()}, path)


def deflate(source, target):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(zipfile.ZipInfo(info.filename), old.read(info), zipfile.ZIP_DEFLATED)


def write_tensors():
    folder = ROOT / "torch_tensors"
    folder.mkdir(parents=True, exist_ok=True)
    values = tensors()
    write_safetensors(values, folder / "expected.safetensors")
    checkpoint = {"epoch": 3, "lr": 0.5, "best": None, "sizes": torch.Size([2, 3]), "big": 1 << 90, "minus": -70000,
                  "state_dict": values, "optimizer": {"state": {0: {"step": torch.tensor(4.0)}}, "betas": (0.9, 0.999)}}
    for container in ("zip", "legacy"):
        save(values, folder / f"{container}.bin", container == "legacy")
        save(checkpoint, folder / f"checkpoint_{container}.bin", container == "legacy")
    deflate(folder / "zip.bin", folder / "deflated.bin")
    save({"model_state_dict": dict(values)}, folder / "model_state_dict.bin", False)
    save({"f8": torch.zeros(2).to(torch.float8_e4m3fn)}, folder / "float8.bin", False)


def write_model():
    folder = ROOT / "torch_model"
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(5)
    model = BertForSequenceClassification(BertConfig(
        vocab_size=11, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8,
        max_position_embeddings=6, num_labels=2))
    model.save_pretrained(folder)
    state = model.state_dict()  # with the module's _metadata, which a BUILD sets
    save(state, folder / "pytorch_model.bin", False)
    save(state, folder / "pytorch_model_legacy.bin", True)


if __name__ == "__main__":
    write_tensors()
    write_model()
