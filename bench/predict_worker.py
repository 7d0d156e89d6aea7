#!/usr/bin/env python3
"""Times one other engine on predicting a file of sentences; started by compare_pytorch.py, prints the seconds.

    predict_worker.py ENGINE FOLDER FILE THREADS SCRATCH

ENGINE: torch, onnx or ctranslate2, a type (f32, bf16, int8) and optionally `sorted`, joined by `-`. Batches of 32, padded to
their longest; `sorted` orders the sentences by length first. Loading and one warm-up batch are not counted; tokenizing is.
CTranslate2 runs the encoder alone, without the head.
"""
import pathlib
import sys
import time

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer


def torch_engine(folder, dtype, threads):
    torch.set_num_threads(threads)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    if dtype == "bf16":
        model = model.to(torch.bfloat16)

    def run(inputs):
        with torch.inference_mode():
            return model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits.float().numpy()
    return run


def onnx_engine(folder, threads, scratch):
    import onnxruntime
    path = pathlib.Path(scratch) / "model.onnx"
    if not path.exists():
        model = AutoModelForSequenceClassification.from_pretrained(folder, attn_implementation="eager").eval()
        ids = torch.ones((2, 8), dtype=torch.int64)
        axes = {"input_ids": {0: "rows", 1: "tokens"}, "attention_mask": {0: "rows", 1: "tokens"}}
        torch.onnx.export(model, (ids, ids), str(path), input_names=list(axes), output_names=["logits"], dynamic_axes=axes,
                          dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_inputs()]
    return lambda inputs: session.run(None, {name: inputs[name].numpy() for name in names})[0]


def ctranslate2_engine(folder, dtype, threads, scratch):
    import ctranslate2
    path = pathlib.Path(scratch) / "ctranslate2"
    if not path.exists():
        from transformers import BertConfig
        BertConfig.position_embedding_type = "absolute"  # transformers 5 dropped what the converter asks for
        ctranslate2.converters.TransformersConverter(str(folder)).convert(str(path))
    compute = {"f32": "float32", "int8": "int8"}[dtype]
    encoder = ctranslate2.Encoder(str(path), device="cpu", compute_type=compute, intra_threads=threads)

    def run(inputs):
        lengths = inputs["attention_mask"].sum(1).tolist()
        ids = [row[:n] for row, n in zip(inputs["input_ids"].tolist(), lengths)]
        return encoder.forward_batch(ids).last_hidden_state
    return run


def main():
    engine, folder, file, threads, scratch = sys.argv[1:]
    kind, dtype, *order = engine.split("-")
    threads = int(threads)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    run = {"torch": lambda: torch_engine(folder, dtype, threads), "onnx": lambda: onnx_engine(folder, threads, scratch),
           "ctranslate2": lambda: ctranslate2_engine(folder, dtype, threads, scratch)}[kind]()
    lines = pathlib.Path(file).read_text(encoding="utf-8").split("\n")[:-1]

    def batch(rows):
        return run(tokenizer(rows, padding=True, truncation=True, max_length=512, return_tensors="pt"))

    batch(lines[:32])
    start = time.perf_counter()
    if order:
        lines = sorted(lines, key=len)
    for first in range(0, len(lines), 32):
        batch(lines[first:first + 32])
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
