#!/usr/bin/env python3
"""Trains with PyTorch + transformers as hone does and writes the seconds of each step: compare_pytorch.py runs it.

    train_worker.py MODEL DATA STEPS THREADS f32|bf16 cpu|cuda eager|compiled|graphs OUT

The first rows of SST in file order, 32 a batch, padded to the longest (compiled: to a multiple of 32, for fewer kinds of
batches); AdamW without decay; bf16 under autocast. `compiled` is torch.compile, `graphs` its mode reduce-overhead, both with
a program for each shape. As in hone, texts are tokenized before training and a step's loss is read while the next one runs.
"""
import json
import pathlib
import sys
import time


def batches(torch, tokenizer, data, steps, way, device):
    rows = [line.rsplit("\t", 1) for line in open(f"{data}/train.tsv", encoding="utf-8").read().split("\n")[1:] if line]
    out = []
    for step in range(steps):
        batch = [rows[(32 * step + i) % len(rows)] for i in range(32)]
        inputs = tokenizer([text for text, _ in batch], padding=True, truncation=True, max_length=512, return_tensors="pt",
                           pad_to_multiple_of=None if way == "eager" else 32)
        labels = torch.tensor([int(float(label) > 0.5) for _, label in batch])
        tensors = inputs["input_ids"], inputs["attention_mask"], labels
        out.append([one.pin_memory() for one in tensors] if device == "cuda" else tensors)
    return out


def main(folder, data, steps, threads, dtype, device, way, out):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=2).train().to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, eps=1e-6, weight_decay=0.0, fused=device == "cuda" or None)

    def loss_of(ids, mask, labels):
        with torch.autocast(device, dtype=torch.bfloat16, enabled=dtype == "bf16"):
            logits = model(input_ids=ids, attention_mask=mask).logits
        return torch.nn.functional.cross_entropy(logits.float(), labels)

    if way != "eager":
        for limit in ("recompile_limit", "cache_size_limit"):
            if hasattr(torch._dynamo.config, limit):
                setattr(torch._dynamo.config, limit, 64)
        loss_of = torch.compile(loss_of, mode="reduce-overhead" if way == "graphs" else "default", dynamic=False)
    all_batches = batches(torch, AutoTokenizer.from_pretrained(folder), data, int(steps), way, device)
    ends, last = [time.perf_counter()], None
    for batch in all_batches:
        ids, mask, labels = (one.to(device, non_blocking=True) for one in batch)
        optimizer.zero_grad()
        loss = loss_of(ids, mask, labels)
        loss.backward()
        optimizer.step()
        if last is not None:
            last.item()
        last = loss.detach().clone()
        ends.append(time.perf_counter())
    last.item()
    peak = torch.cuda.max_memory_allocated() if device == "cuda" else 0
    seconds = [after - before for before, after in zip(ends, ends[1:])]
    pathlib.Path(out).write_text(json.dumps({"seconds": seconds, "device_bytes": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:])
