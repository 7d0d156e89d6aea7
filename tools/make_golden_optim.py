#!/usr/bin/env python3
"""Writes tests/golden/optimizers.txt: what PyTorch's optimizers and transformers' schedules compute.

    python3 -m venv .venv && .venv/bin/pip install torch transformers
    HF_HUB_OFFLINE=1 .venv/bin/python tools/make_golden_optim.py

A line is a name and numbers. `<optimizer>.<step>`: the two weights and the bias of a linear regression (y = 3 x0 + x1 - 2 by the
mean of squared errors) after that step, in float64. `<schedule>.<warm-up>.<total>`: the factors of the learning rate for 0 to
total steps made. tests/nn/golden_optim_test.cpp reads them. Made with torch 2.15 and transformers 5.24.
"""
import pathlib

import torch
from transformers import (get_constant_schedule_with_warmup, get_cosine_schedule_with_warmup,
                          get_linear_schedule_with_warmup)

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "optimizers.txt"
# name: (class, arguments, norm to clip to)
OPTIMIZERS = {
    "adamw": (torch.optim.AdamW, {"lr": 0.1}, None),
    "adamw_decay": (torch.optim.AdamW, {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.2}, 1.0),
    "sgd": (torch.optim.SGD, {"lr": 0.005}, None),
    "sgd_decay": (torch.optim.SGD, {"lr": 0.005, "weight_decay": 0.3}, None),
    "sgd_momentum": (torch.optim.SGD, {"lr": 0.005, "momentum": 0.9}, None),
    "sgd_nesterov": (torch.optim.SGD, {"lr": 0.005, "momentum": 0.9, "nesterov": True, "weight_decay": 0.3}, 20.0),
}


def regression(kind, arguments, clip):
    x = torch.tensor([[2, 1], [7, 4], [-4, 12], [5, 8]], dtype=torch.float64)
    y = 3 * x[:, :1] + x[:, 1:] - 2
    weight = torch.tensor([[0.5, -0.25]], dtype=torch.float64, requires_grad=True)
    bias = torch.tensor([0.125], dtype=torch.float64, requires_grad=True)
    optimizer = kind([weight, bias], **arguments)
    for _ in range(6):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(torch.nn.functional.linear(x, weight, bias), y).backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_([weight, bias], clip)
        optimizer.step()
        yield [*weight.flatten().tolist(), bias.item()]


def factors(make, warmup, total):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = make(optimizer, warmup, total) if make is not get_constant_schedule_with_warmup else make(optimizer, warmup)
    for _ in range(total + 1):
        yield schedule.get_last_lr()[0]
        optimizer.step()
        schedule.step()


def lines():
    for name, arguments in OPTIMIZERS.items():
        for step, numbers in enumerate(regression(*arguments), 1):
            yield f"{name}.{step}", numbers
    schedules = {"constant": get_constant_schedule_with_warmup, "linear": get_linear_schedule_with_warmup,
                 "cosine": get_cosine_schedule_with_warmup}
    for name, make in schedules.items():
        for warmup, total in ((0, 10), (2, 10), (3, 7), (5, 5)):
            yield f"{name}.{warmup}.{total}", factors(make, warmup, total)


OUT.write_text("".join(f"{name} {' '.join(map(repr, numbers))}\n" for name, numbers in lines()))
