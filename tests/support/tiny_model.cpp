#include "tests/support/tiny_model.h"

#include <fstream>
#include <string>
#include <vector>

#include "data/safetensors/safetensors_writer.h"
#include "nn/models/model_folder.h"
#include "nn/models/weights.h"

namespace hone::test {
namespace {

namespace fs = std::filesystem;

const char* const kVocabulary =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngood\nfine\nbad\ndull\nthe\na\nfilm\nplot\nactor\nis\nwas\n.\n?"
    "\nhow\ndo\ni\n"
    "learn\nwho\n##s\n";
constexpr int64_t kWords = 24;

// A sentence whose judgement follows from i; training and the other splits begin theirs with
// different words, so that no row stands in two.
std::string sentence(int i, const char* begin = "the") {
  static constexpr const char* kJudgement[] = {"bad", "good", "dull", "fine"};
  static constexpr const char* kSubject[] = {"film", "plot", "actor"};
  return std::string(begin) + " " + kSubject[i % 3] + (i % 2 == 0 ? " is " : " was ") +
         kJudgement[i / 2 % 4] + " .";
}

void write_sst(const fs::path& path, int begin, int count, const char* first_word) {
  std::ofstream file(path);
  file << "sentence\tlabel\n";
  for (int i = begin; i < begin + count; ++i)
    file << sentence(i, first_word) << "\t" << (i / 2 % 2 == 1 ? 0.9 : 0.2) << "\n";
}

void write_qqp(const fs::path& path, int begin, int count, const char* first_word) {
  std::ofstream file(path);
  file << "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n";
  for (int i = begin; i < begin + count; ++i) {
    const int other = i % 2 == 0 ? i : i + 1;
    file << i << "\t1\t2\twho is " << sentence(i, first_word) << "\thow is " << sentence(other) << "\t"
         << (other == i) << "\n";
  }
}

}  // namespace

EncoderConfig tiny_config(ModelType type) {
  EncoderConfig config = default_config(type);
  config.vocab_size = kWords;
  config.hidden_size = 16;
  config.layers = 2;
  config.heads = 2;
  config.intermediate_size = 32;
  config.max_positions = 40;
  return config;
}

void write_tiny_model(const fs::path& folder, bool head, const EncoderConfig& config) {
  fs::create_directories(folder.parent_path());
  SequenceClassifier model(config);
  model.initialise(7);
  save_model_folder(folder, {.config = config,
                             .tensors = state_dict(model),
                             .vocabulary_bytes = kVocabulary,
                             .tokenizer_json = {},
                             .lower_case = true,
                             .strip_accents = {},
                             .tokenize_chinese_chars = true,
                             .model_max_length = 0,
                             .uses_token_types = true,
                             .readme = ""});
  if (head) return;
  auto tensors = state_dict(model);
  std::erase_if(tensors, [](const TensorData& tensor) { return tensor.name.find("classifier.") == 0; });
  std::erase_if(tensors, [](const TensorData& tensor) { return tensor.name.find("pre_classifier.") == 0; });
  write_safetensors(folder / "model.safetensors", tensors, {{"format", "pt"}});
}

void write_tiny_data(const fs::path& folder) {
  fs::create_directories(folder / "sst");
  fs::create_directories(folder / "glue" / "QQP");
  write_sst(folder / "sst" / "train.tsv", 0, 40, "the");
  write_sst(folder / "sst" / "validation.tsv", 40, 13, "a");
  write_sst(folder / "sst" / "test.tsv", 53, 9, "a");
  write_qqp(folder / "glue" / "QQP" / "train.tsv", 0, 24, "the");
  write_qqp(folder / "glue" / "QQP" / "dev.tsv", 24, 11, "a");
}

}  // namespace hone::test
