#!/usr/bin/env python3
"""Makes model folders as people have them, asks transformers 5 and 4 for their ids, labels and logits, and writes
tests/golden/folders/: two small models, what each case changes of them (cases.json), and the answers.

    python3 -m venv .venv  && .venv/bin/pip install torch safetensors transformers==5.24.0
    python3 -m venv .venv4 && .venv4/bin/pip install torch safetensors transformers==4.57.1
    HF_HUB_OFFLINE=1 .venv/bin/python tools/check_folders.py --other .venv4/bin/python

transformers 4 is asked twice, for its Rust ("4 fast") and its Python ("4 slow") tokenizers. Where the three do not
answer alike, the case says which one is right; anything else is an error. Files that transformers itself does not
read (a prefix before all names, a dict around the state dict) have the answers of the model without it.
tests/train/folders_test.cpp reads the cases.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import (AutoModelForSequenceClassification, AutoTokenizer, BertConfig, BertForSequenceClassification,
                          BertTokenizerFast, DistilBertConfig, DistilBertForSequenceClassification)

ROOT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "folders"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "Hello", "hello", "caf\u00e9", "cafe", "Caf\u00e9", "Cafe", "\u4e2d",
         "\u56fd", "\u4e2d\u56fd", ".", "[", "]", "cl", "##s", "mask", "a"]
TEXTS = [["Hello Caf\u00e9 \u4e2d\u56fd ."], ["hello [cls] [CLS] [mask] [MASK]"], ["a a a a a a a a a a a a a a a a a a"],
         ["Hello", "Cafe ."]]
VOCAB = "\n".join(WORDS) + "\n"
CLASSES = {"bert": BertForSequenceClassification, "distilbert": DistilBertForSequenceClassification}
ANSWERS = ["5", "4 fast", "4 slow"]
FAST = ["5", "4 fast"]


def added(normalized):
    return [{"id": i, "content": WORDS[i], "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": normalized, "special": True} for i in range(5)]


def decoder(normalized):
    return {str(entry.pop("id")): entry for entry in added(normalized)}


def tokenizer_json(lowercase=True, strip_accents=None, ideographs=True, normalized=False):
    special = lambda token, kind: {"SpecialToken": {"id": token, "type_id": kind}}
    text = lambda name, kind: {"Sequence": {"id": name, "type_id": kind}}
    single = [special("[CLS]", 0), text("A", 0), special("[SEP]", 0)]
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added(normalized),
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": ideographs,
                       "strip_accents": strip_accents, "lowercase": lowercase},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": single,
                           "pair": single + [text("B", 1), special("[SEP]", 1)],
                           "special_tokens": {t: {"id": t, "ids": [i], "tokens": [t]}
                                              for t, i in (("[CLS]", 2), ("[SEP]", 3))}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": {t: i for i, t in enumerate(WORDS)}}}


def make_base(kind):
    torch.manual_seed(7)
    if kind == "bert":
        config = BertConfig(vocab_size=24, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=12,
                            max_position_embeddings=32, initializer_range=0.6)
    else:
        config = DistilBertConfig(vocab_size=24, dim=8, n_layers=1, n_heads=2, hidden_dim=12, max_position_embeddings=32,
                                  initializer_range=0.6)
    folder = ROOT / kind
    folder.mkdir(parents=True)
    model = CLASSES[kind](config)
    with torch.no_grad():
        for p in model.parameters():
            if p.dim() == 1:
                p.add_(0.3 * torch.randn(p.shape))
    tensors = {name: p.contiguous() for name, p in model.state_dict().items() if not name.endswith("_ids")}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    written = {key: value for key, value in config.to_dict().items() if key in KEPT[kind]}
    (folder / "config.json").write_text(json.dumps({**written, "architectures": [CLASSES[kind].__name__]}) + "\n")
    (folder / "vocab.txt").write_text(VOCAB)


KEPT = {"bert": ["model_type", "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
                 "intermediate_size", "max_position_embeddings"],
        "distilbert": ["model_type", "vocab_size", "dim", "n_layers", "n_heads", "hidden_dim", "max_position_embeddings"]}


class Cases:
    """The list of cases. Files are given as text or as what json writes."""

    def __init__(self):
        self.list = []

    def add(self, name, files=None, *, base="bert", without=(), config=None, drop=(), weights=None, right=None, by=ANSWERS,
            like=None, warns=()):
        files = {k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in (files or {}).items()}
        if config is not None or drop:
            whole = {**json.loads((ROOT / base / "config.json").read_text()), **(config or {})}
            files["config.json"] = json.dumps({k: v for k, v in whole.items() if k not in drop})
        self.list.append({"name": name, "base": base, "files": files, "without": list(without), "weights": weights,
                          "by": [right] if right else list(by), "like": like, "warns": list(warns)})

    def tokenizers(self):
        other = tokenizer_json(lowercase=False, strip_accents=True, ideographs=False)
        here = {"do_lower_case": True, "strip_accents": None, "tokenize_chinese_chars": True}
        there = {"do_lower_case": False, "strip_accents": True, "tokenize_chinese_chars": False}
        json_alone = {"without": ["vocab.txt"]}
        self.add("vocabulary alone")
        self.add("tokenizer.json without a config", {"tokenizer.json": other}, by=FAST, **json_alone,
                 warns=["lowercase false", "its default"])
        self.add("both without a config", {"tokenizer.json": other}, warns=["lowercase false"])
        for kind in ["BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer", "DistilBertTokenizerFast",
                     "ElectraTokenizer", "LayoutLMTokenizer", "LxmertTokenizerFast", "DPRContextEncoderTokenizer",
                     "DPRQuestionEncoderTokenizerFast", "DPRReaderTokenizer", "RetriBertTokenizer", "RealmTokenizerFast",
                     "PreTrainedTokenizerFast", "TokenizersBackend"]:
            says = {"tokenizer_class": kind}
            by = ["5"] if kind == "TokenizersBackend" else FAST
            if kind.startswith(("RetriBert", "Realm", "DPR")):  # transformers 5 lacks them, or follows tokenizer.json
                by = ["4 fast"]
            if kind == "PreTrainedTokenizerFast":  # transformers 5 gives pairs no types with it
                by = ["4 fast"]
            warns = ["lowercase false", "its default"] if kind[0] in "BDELR" else []
            if kind[0] in "DLR":
                self.add(f"{kind} and vocab.txt", {"tokenizer_config.json": says}, by=by if kind[0] == "R" else ANSWERS)
            if kind != "TokenizersBackend":
                self.add(f"{kind} and nothing else", {"tokenizer.json": other, "tokenizer_config.json": says}, by=by,
                         **json_alone, warns=warns)
                self.add(f"{kind} and keys that tokenizer.json contradicts",
                         {"tokenizer.json": other, "tokenizer_config.json": {**says, **here}}, by=by,
                         warns=["lowercase false"])
                self.add(f"{kind} and other keys that tokenizer.json contradicts",
                         {"tokenizer.json": tokenizer_json(), "tokenizer_config.json": {**says, **there}}, by=by,
                         warns=["lowercase true"])
            else:
                self.add(f"{kind} for single texts", {"tokenizer.json": other, "tokenizer_config.json": {
                    **says, "model_input_names": ["input_ids", "attention_mask"]}}, by=by, **json_alone)
        for key in here:
            for value in (True, False):
                self.add(f"{key} {value} alone", {"tokenizer_config.json": {key: value}})
        self.add("class in config.json", {"tokenizer.json": other}, config={"tokenizer_class": "DistilBertTokenizer"},
                 by=FAST, warns=["lowercase false"])
        self.add("general class in config.json", {"tokenizer.json": other, "tokenizer_config.json": {}},
                 config={"tokenizer_class": "PreTrainedTokenizerFast"}, right="4 fast")
        self.add("DistilBERT without a config", {"tokenizer.json": other}, base="distilbert", by=FAST,
                 warns=["lowercase false"])
        for name, limits in {"max_len": {"max_len": 8}, "both lengths": {"max_len": 8, "model_max_length": 10},
                             "a null beside max_len": {"max_len": 8, "model_max_length": None},
                             "no limit": {"model_max_length": 1000000000000000019884624838656}}.items():
            self.add(name, {"tokenizer_config.json": limits})
        self.add("settings of 2019", {"tokenizer_config.json": {"do_lower_case": False, "max_len": 12, "init_inputs": []}})
        self.add("a line end too many", {"vocab.txt": VOCAB + "\n"})
        self.add("line ends too many, CR LF", {"vocab.txt": VOCAB.replace("\n", "\r\n") + "\r\n\r\n"})
        self.add("a line end too many and tokenizer.json", {"vocab.txt": VOCAB + "\n", "tokenizer.json": tokenizer_json()})
        self.add("no line end at the end", {"vocab.txt": VOCAB[:-1]})
        self.add("a byte order mark", {"vocab.txt": "\ufeff" + VOCAB}, warns=["byte order mark"])
        self.add("entries that end in a blank", {"vocab.txt": VOCAB.replace("\nmask\n", "\nmask \n")},
                 by=["4 fast", "4 slow"], warns=["end with a blank"])
        for flag in ["lstrip", "rstrip"]:
            strips = {"content": "[MASK]", "lstrip": False, "rstrip": False, "normalized": False, flag: True}
            self.add(f"{flag} in mask_token", {"tokenizer_config.json": {"mask_token": {**strips, "__type": "AddedToken"}}})
            self.add(f"{flag} in tokenizer.json", {"tokenizer.json": {
                **tokenizer_json(), "added_tokens": [{**entry, flag: True} for entry in added(False)]}})
        mark = {"content": "[CLS]", "lstrip": False, "rstrip": False, "single_word": False, "normalized": True}
        for kind in ["BertTokenizer", "PreTrainedTokenizerFast"]:
            by = FAST if kind == "BertTokenizer" else ["4 fast"]
            says = {"tokenizer_class": kind}
            for lower in (True, False):
                self.add(f"{kind}, normalized in tokenizer.json, lower {lower}",
                         {"tokenizer.json": tokenizer_json(lowercase=lower, normalized=True),
                          "tokenizer_config.json": {**says, "do_lower_case": lower}}, by=by)
        self.add("normalized in added_tokens_decoder", {"tokenizer_config.json": {"added_tokens_decoder": decoder(True)}},
                 by=FAST)
        self.add("not normalized in added_tokens_decoder, but in tokenizer.json",
                 {"tokenizer.json": tokenizer_json(normalized=True),
                  "tokenizer_config.json": {"added_tokens_decoder": decoder(False)}}, right="5")
        self.add("normalized in special_tokens_map", {"special_tokens_map.json": {"cls_token": mark}}, by=FAST)
        self.add("normalized in special_tokens_map, but not in tokenizer.json",
                 {"special_tokens_map.json": {"cls_token": mark}, "tokenizer.json": tokenizer_json()}, by=FAST)
        self.add("normalized in cls_token", {"tokenizer_config.json": {"cls_token": {**mark, "__type": "AddedToken"}}},
                 by=FAST)

    def configs(self):
        names = {"0": "a", "1": "b"}
        for name, values in {"whole numbers": [0, 1], "numbers": [1.0, 2.5], "yes and no": [False, True],
                             "a number and a text": [3, "b"]}.items():
            self.add(f"id2label of {name}", config={"id2label": dict(zip("01", values))})
        for name, ids in {"texts": {"a": "0", "b": "1"}, "numbers": {"a": 0.0, "b": 1.0}}.items():
            self.add(f"label2id of {name}", config={"id2label": names, "label2id": ids})
        for name, ids in {"stale": {"LABEL_0": 0, "LABEL_1": 1}, "exchanged": {"a": 1, "b": 0}, "empty": {},
                          "too long": {"a": 0, "b": 1, "c": 2}, "of words": {"a": "x", "b": "y"}}.items():
            self.add(f"label2id {name}", config={"id2label": names, "label2id": ids}, warns=["label2id"])
        self.add("label2id alone", config={"label2id": {"a": 0, "b": 1}}, warns=["label2id"])
        self.add("empty problem_type", config={"problem_type": ""}, right="5")
        for key in ["pad_token_id", "classifier_dropout", "pruned_heads", "problem_type", "id2label", "label2id",
                    "architectures", "torch_dtype"]:
            self.add(f"{key} null", config={key: None})
        for base in CLASSES:
            self.add(f"pad_token_id -1, {base}", base=base, config={"pad_token_id": -1}, warns=["taken as 23"])
        self.add("position_embedding_type null", config={"position_embedding_type": None}, right="5")
        self.add("pruned_heads an empty list", config={"pruned_heads": []}, right="5")
        for act in ["gelu", "gelu_python", "gelu_new", "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_fast", "gelu_accurate", "relu"]:
            self.add(f"hidden_act {act}", config={"hidden_act": act})
            self.add(f"activation {act}", config={"activation": act}, base="distilbert")
        self.add("DistilBERT with BERT's names", base="distilbert", drop=["dim", "n_layers", "n_heads"],
                 config={"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2})
        self.add("DistilBERT, pad_token_id null", base="distilbert", config={"pad_token_id": None})
        for base in CLASSES:
            self.add(f"no model_type, {base}", base=base, drop=["model_type"], like=base, warns=["no model_type"])
        self.add("no model_type and no architectures", drop=["model_type", "architectures"], like="bert",
                 warns=["no model_type"])

    def weights(self):
        (ROOT / "weights").mkdir()
        tensors = {base: load_file(ROOT / base / "model.safetensors") for base in CLASSES}
        plain = tensors["bert"]

        def file(name, contents, target="model.safetensors", **options):
            path = f"weights/{name}"
            if target.endswith(".bin"):
                torch.save(contents, ROOT / path, **options)
            else:
                save_file({k: v.contiguous() for k, v in contents.items()}, ROOT / path, metadata={"format": "pt"})
            return {"file": path, "as": target}

        def prefixed(prefix, base="bert"):
            return {prefix + name: tensor for name, tensor in tensors[base].items()}

        extras = {"bert.embeddings.position_ids": torch.arange(32)[None], "bert.embeddings.token_type_ids": torch.zeros(1, 32, dtype=torch.int64)}
        self.add("buffers", weights=file("buffers.safetensors", {**plain, **extras}))
        old = {k.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): v
               for k, v in plain.items()}
        self.add("gamma and beta", weights=file("gamma.safetensors", old), like="bert")
        heads = {"qa_outputs.weight": torch.ones(2, 8), "qa_outputs.bias": torch.ones(2), "loss_fct.weight": torch.ones(2),
                 "cls.predictions.bias": torch.ones(24)}
        self.add("other heads and a loss", weights=file("heads.safetensors", {**plain, **heads}), warns=["loss_fct.weight"])
        losses = {"class_weights": torch.ones(2), "criterion.alpha": torch.ones(1), "focal_loss.gamma": torch.ones(1)}
        self.add("losses", weights=file("losses.safetensors", {**plain, **losses}),
                 warns=["class_weights, criterion.alpha, focal_loss.gamma"])
        for name, prefix in {"module": "module.", "model": "model.", "compiled": "_orig_mod.",
                             "both": "module._orig_mod.", "net": "net.", "backbone": "backbone.", "student": "student.",
                             "adapter": "base_model.model.", "encoder": "encoder."}.items():
            self.add(f"prefix {prefix}", weights=file(f"{name}.safetensors", prefixed(prefix)), like="bert",
                     warns=[prefix + ","])
        self.add("prefix, DistilBERT without model_type", base="distilbert", drop=["model_type"], like="distilbert",
                 weights=file("distil_module.safetensors", prefixed("module.", "distilbert")),
                 warns=["module.,", "no model_type"])
        bare = {"backbone." + name.removeprefix("bert.") if name.startswith("bert.") else name: tensor
                for name, tensor in plain.items()}
        self.add("prefix instead of bert.", like="bert", warns=["backbone.,"], weights=file("bare.safetensors", bare))
        self.add("prefix beside a loss's weights", like="bert", warns=["model.,", "loss_fct.weight"],
                 weights=file("lightning.safetensors", {**prefixed("model."), "loss_fct.weight": torch.ones(2)}))
        bin_file = "pytorch_model.bin"
        for key in ["state_dict", "model_state_dict", "model", "net"]:
            for legacy in (False, True):
                name = f"{key}{'_legacy' if legacy else ''}.bin"
                contents = {"epoch": 3, key: prefixed("module." if legacy else ""), "lr": 0.1,
                            "optimizer": {"state": {0: {"exp_avg": torch.zeros(2)}}, "param_groups": [{"lr": 0.1}]}}
                self.add(f"wrapped, {name}", like="bert", without=["model.safetensors"], warns=[key],
                         weights=file(name, contents, bin_file, _use_new_zipfile_serialization=not legacy))


def make_folder(case, where):
    shutil.copytree(ROOT / case["base"], where)
    for name, text in case["files"].items():
        (where / name).write_bytes(text.encode())
    if case["weights"]:
        shutil.copy(ROOT / case["weights"]["file"], where / case["weights"]["as"])
    for name in case["without"]:
        (where / name).unlink()


def answer(case, folder, slow):
    """The ids, token types, labels and logits of one client; its error as text where it cannot read the folder."""
    try:
        if case["like"]:
            plain = folder.parent / f"plain-{case['like']}"
            if not plain.exists():
                shutil.copytree(ROOT / case["like"], plain)
            folder = plain
        tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=not slow)
        model = AutoModelForSequenceClassification.from_pretrained(folder).double().eval()
        ids, types, logits = [], [], []
        for text in TEXTS:
            one = tokenizer(*text, truncation=tokenizer.model_max_length < 100)
            batch = {k: torch.tensor([v]) for k, v in one.items()}
            if model.config.model_type == "distilbert":
                batch.pop("token_type_ids", None)
            ids.append(one["input_ids"])
            logits.append(model(**batch).logits[0].tolist())
        return {"ids": ids, "logits": logits, "labels": [str(model.config.id2label[i]) for i in range(2)]}
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:200]


def answers(cases, scratch, slow):
    return [answer(case, scratch / str(i), slow) for i, case in enumerate(cases)]


def same(a, b):
    if isinstance(a, str) or isinstance(b, str):
        return False
    close = all(abs(x - y) < 1e-9 for p, q in zip(a["logits"], b["logits"]) for x, y in zip(p, q))
    return a["ids"] == b["ids"] and a["labels"] == b["labels"] and close


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--other", help="the Python that has transformers 4")
    parser.add_argument("--answer", nargs=2, help=argparse.SUPPRESS)  # the cases' folders; slow or fast
    arguments = parser.parse_args()
    if arguments.answer:
        scratch = pathlib.Path(arguments.answer[0])
        found = answers(json.loads((scratch / "cases.json").read_text()), scratch, arguments.answer[1] == "slow")
        (scratch / f"{arguments.answer[1]}.json").write_text(json.dumps(found))
        return 0
    shutil.rmtree(ROOT, ignore_errors=True)
    for kind in CLASSES:
        make_base(kind)
    cases = Cases()
    cases.tokenizers(), cases.configs(), cases.weights()
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for i, case in enumerate(cases.list):
            make_folder(case, scratch / str(i))
        (scratch / "cases.json").write_text(json.dumps(cases.list))
        found = {"5": answers(cases.list, scratch, False)}
        for kind in ["fast", "slow"]:
            subprocess.run([arguments.other, __file__, "--answer", scratch, kind], check=True)
            found[f"4 {kind}"] = json.loads((scratch / f"{kind}.json").read_text())
    for i, case in enumerate(cases.list):
        right = found[case["by"][0]][i]
        others = [name for name in ANSWERS if name not in case["by"] and same(found[name][i], right)]
        if isinstance(right, str) or not all(same(found[name][i], right) for name in case["by"]):
            wrong += 1
            print(f"{case['name']}: " + "; ".join(f"{name} says {found[name][i]}" for name in case["by"]))
            continue
        case.update(right)
        case["by"] += others
    (ROOT / "cases.json").write_text("[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases.list) + "\n]\n")
    (ROOT / "texts.json").write_text(json.dumps(TEXTS, ensure_ascii=False) + "\n")
    print(f"{len(cases.list)} cases, {wrong} without an answer (transformers {transformers.__version__})")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
