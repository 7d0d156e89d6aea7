#!/usr/bin/env python3
"""Writes tests/golden/<model>/: small BERT and DistilBERT classifiers and what PyTorch and transformers compute with them.

    python3 -m venv .venv && .venv/bin/pip install torch transformers safetensors
    HF_HUB_OFFLINE=1 .venv/bin/python tools/make_golden.py

Everything is computed in float64. Each folder holds config.json, model.safetensors (the weights, F32) and expected.safetensors:
ten padded batches, the logits, loss and gradients of the first, and for each optimizer the ten losses and the final weights:
those of `hf_trainer` with PyTorch's own AdamW, clipping and transformers' schedule, and the ten gradient norms.
tests/nn/golden_test.cpp reads them. Made with torch 2.15 and transformers 5.23.
"""
import json
import math
import pathlib

import torch
from safetensors.torch import save_file
from transformers import (BertConfig, BertForSequenceClassification, DistilBertConfig,
                          DistilBertForSequenceClassification, get_linear_schedule_with_warmup)

ROOT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden"
STEPS = 10
# name: (form, learning rate, eps, weight decay). With eps 1 the update keeps the gradient's scale.
OPTIMIZERS = {
    "hf": ("hf", 1e-3, 1e-6, 0.01),
    "torch": ("torch", 1e-3, 1e-8, 0.01),
    "hf_eps1": ("hf", 0.1, 1.0, 0.0),
    "torch_eps1": ("torch", 0.1, 1.0, 0.0),
}
# name: (learning rate, eps, norm to clip to, warm-up steps), decay 0.01, as transformers' Trainer does a step
TRAINERS = {"hf_trainer": (1e-3, 1e-8, 1.0, 0), "hf_trainer_eps1": (0.1, 1.0, 0.5, 3)}


def bert(act):
    return BertForSequenceClassification(BertConfig(
        vocab_size=61, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40, hidden_act=act,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, max_position_embeddings=19, type_vocab_size=2,
        num_labels=3, initializer_range=0.3))


def distilbert(act):
    return DistilBertForSequenceClassification(DistilBertConfig(
        vocab_size=61, dim=24, n_layers=2, n_heads=3, hidden_dim=40, activation=act, dropout=0.0, attention_dropout=0.0,
        seq_classif_dropout=0.0, max_position_embeddings=19, num_labels=3, initializer_range=0.3))


def make_batches(generator):
    """Ten batches of five sequences of 2 to 17 tokens, padded with id 0."""
    def integers(low, high, *shape):
        return torch.randint(low, high, shape, generator=generator)
    lengths = integers(2, 18, STEPS, 5)
    mask = (torch.arange(17) < lengths[..., None]).long()
    return {"ids": integers(1, 61, STEPS, 5, 17) * mask, "mask": mask, "types": integers(0, 2, STEPS, 5, 17) * mask,
            "labels": integers(0, 3, STEPS, 5)}


def run(model, batches, step):
    inputs = {"input_ids": batches["ids"][step], "attention_mask": batches["mask"][step]}
    if model.config.model_type == "bert":
        inputs["token_type_ids"] = batches["types"][step]
    logits = model(**inputs).logits
    return logits, torch.nn.functional.cross_entropy(logits, batches["labels"][step])


def adamw_step(form, p, g, m, v, t, lr, eps, decay, b1=0.9, b2=0.999):
    m.mul_(b1).add_(g, alpha=1 - b1)
    v.mul_(b2).addcmul_(g, g, value=1 - b2)
    if form == "hf":  # transformers 4's AdamW
        p.sub_(lr * math.sqrt(1 - b2**t) / (1 - b1**t) * m / (v.sqrt() + eps))
        p.sub_(lr * decay * p)
    else:  # torch.optim.AdamW
        p.mul_(1 - lr * decay)
        p.sub_(lr / (1 - b1**t) * m / (v.sqrt() / math.sqrt(1 - b2**t) + eps))


def train(model, batches, form, lr, eps, decay):
    parameters = dict(model.named_parameters())
    state = {name: (torch.zeros_like(p), torch.zeros_like(p)) for name, p in parameters.items()}
    losses = []
    for step in range(STEPS):
        model.zero_grad()
        _, loss = run(model, batches, step)
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            for name, p in parameters.items():
                norm = "LayerNorm" in name or "layer_norm" in name
                wd = 0.0 if norm or name.endswith("bias") else decay
                adamw_step(form, p, p.grad, *state[name], step + 1, lr, eps, wd)
    return losses


def train_as_trainer(model, batches, lr, eps, max_norm, warmup):
    decays = lambda name: "norm" not in name.lower() and not name.endswith("bias")
    optimizer = torch.optim.AdamW(
        [{"params": [p for n, p in model.named_parameters() if decays(n)], "weight_decay": 0.01},
         {"params": [p for n, p in model.named_parameters() if not decays(n)], "weight_decay": 0.0}], lr=lr, eps=eps)
    schedule = get_linear_schedule_with_warmup(optimizer, warmup, STEPS)
    losses, norms = [], []
    for step in range(STEPS):
        optimizer.zero_grad()
        _, loss = run(model, batches, step)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm).item())
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses, norms


def tensors_of(model):
    return {k: v for k, v in model.state_dict().items() if "position_ids" not in k}


def write(name, model, seed, trains):
    folder = ROOT / name
    folder.mkdir(parents=True, exist_ok=True)
    model.eval()
    with torch.no_grad():  # LayerNorm and biases away from 1 and 0, so that an exchange shows
        generator = torch.Generator().manual_seed(seed)
        for tensor_name, p in model.named_parameters():
            if p.dim() == 1:
                p.add_(0.3 * torch.randn(p.shape, generator=generator))
    weights = {k: v.float().contiguous() for k, v in tensors_of(model).items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(model.config.to_dict(), indent=1, default=str) + "\n")
    model.double()
    batches = make_batches(generator)
    out = dict(batches)
    logits, loss = run(model, batches, 0)
    loss.backward()
    out["logits"], out["loss"] = logits.detach(), loss.detach()
    for tensor_name, p in model.named_parameters():
        out["grad." + tensor_name] = p.grad.clone()
    for optimizer, settings in OPTIMIZERS.items() if trains else ():
        model.load_state_dict({k: v.double() for k, v in weights.items()}, strict=False)
        out[f"{optimizer}.losses"] = torch.tensor(train(model, batches, *settings), dtype=torch.float64)
        for tensor_name, tensor in tensors_of(model).items():
            out[f"{optimizer}.{tensor_name}"] = tensor.float().clone()
    for trainer, settings in TRAINERS.items() if trains else ():
        model.load_state_dict({k: v.double() for k, v in weights.items()}, strict=False)
        losses, norms = train_as_trainer(model, batches, *settings)
        out[f"{trainer}.losses"] = torch.tensor(losses, dtype=torch.float64)
        out[f"{trainer}.norms"] = torch.tensor(norms, dtype=torch.float64)
        for tensor_name, tensor in tensors_of(model).items():
            out[f"{trainer}.{tensor_name}"] = tensor.float().clone()
    save_file({k: v.contiguous() for k, v in out.items()}, folder / "expected.safetensors")


def main():
    torch.manual_seed(1)
    write("bert", bert("gelu"), 11, True)
    write("distilbert", distilbert("gelu"), 12, True)
    write("bert_gelu_new", bert("gelu_new"), 13, False)
    write("distilbert_relu", distilbert("relu"), 14, False)


if __name__ == "__main__":
    main()
