#!/usr/bin/env python3
"""Trains with PyTorch + transformers as hone does and writes the seconds of each step: compare_pytorch.py runs it.

    train_worker.py MODEL DATA STEPS THREADS f32|bf16 cpu|cuda eager|compiled|graphs OUT

The first rows of SST in file order, 32 a batch, padded to the longest (compiled: to a multiple of 16, for fewer kinds of
batches); AdamW without decay; bf16 under autocast. `compiled` is torch.compile, `graphs` its mode reduce-overhead.
"""
import json
import pathlib
import sys
import time


def batches(tokenizer, data, steps, way):
    rows = [line.rsplit("\t", 1) for line in open(f"{data}/train.tsv", encoding="utf-8").read().split("\n")[1:] if line]
    for step in range(steps):
        start = time.perf_counter()
        batch = [rows[(32 * step + i) % len(rows)] for i in range(32)]
        inputs = tokenizer([text for text, _ in batch], padding=True, truncation=True, max_length=512, return_tensors="pt",
                           pad_to_multiple_of=None if way == "eager" else 16)
        yield start, inputs, [int(float(label) > 0.5) for _, label in batch]


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
        loss_of = torch.compile(loss_of, mode="reduce-overhead" if way == "graphs" else "default")
    seconds = []
    for start, inputs, labels in batches(AutoTokenizer.from_pretrained(folder), data, int(steps), way):
        labels = torch.tensor(labels, device=device)
        loss = loss_of(inputs["input_ids"].to(device), inputs["attention_mask"].to(device), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
        seconds.append(time.perf_counter() - start)
    peak = torch.cuda.max_memory_allocated() if device == "cuda" else 0
    pathlib.Path(out).write_text(json.dumps({"seconds": seconds, "device_bytes": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:])
