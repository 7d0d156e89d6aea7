// Model folders as people have them, against what transformers 5 and 4 make of them (tools/check_folders.py):
// ids, labels and logits, before and after hone has saved the model, and the lines that say what was taken
// for what.
#include <hone/train/text_classifier.h>

#include <gmock/gmock.h>

#include <map>

#include "data/json/json.h"
#include "tests/data/temporary_folder.h"
#include "tests/support/paths.h"

namespace hone::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;

const fs::path kFolders = fs::path(source_dir()) / "tests/golden/folders";

const Json& golden(const char* name) {
  static std::map<std::string, Json> files;
  if (!files.contains(name)) files[name] = parse_json(slurp(kFolders / name), name);
  return files[name];
}

std::vector<std::string> strings_of(const Json& list) {
  std::vector<std::string> out;
  for (const Json& item : list.as_array("case")) out.push_back(item.as_string("case"));
  return out;
}

void make_folder(const Json& golden_case, const fs::path& folder) {
  fs::copy(kFolders / golden_case.at("base").as_string("base"), folder);
  for (const auto& [name, text] : golden_case.at("files").as_object("files")) {
    std::ofstream(folder / name, std::ios::binary) << text.as_string("file");
  }
  if (const Json& weights = golden_case.at("weights"); !weights.is_null()) {
    fs::copy_file(kFolders / weights.at("file").as_string("file"), folder / weights.at("as").as_string("as"),
                  fs::copy_options::overwrite_existing);
  }
  for (const std::string& name : strings_of(golden_case.at("without"))) fs::remove(folder / name);
}

Encoding encode(const TextClassifier& classifier, const std::vector<std::string>& texts) {
  return texts.size() == 1 ? classifier.encode(texts[0]) : classifier.encode(texts[0], texts[1]);
}

void expect_answers(const TextClassifier& classifier, const Json& golden_case) {
  EXPECT_EQ(classifier.labels(), strings_of(golden_case.at("labels")));
  const auto& ids = golden_case.at("ids").as_array("ids");
  const auto& logits = golden_case.at("logits").as_array("logits");
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto texts = strings_of(golden("texts.json").as_array("texts").at(i));
    SCOPED_TRACE(texts[0]);
    const EncodedRow row{encode(classifier, texts)};
    std::vector<int32_t> expected;
    for (const Json& id : ids[i].as_array("ids")) expected.push_back(static_cast<int32_t>(id.as_int("id")));
    EXPECT_EQ(row.encoding.ids, expected);
    const Prediction one = classifier(std::span(&row, 1)).front();
    for (size_t label = 0; label < one.logits.size(); ++label) {
      EXPECT_NEAR(one.logits[label], logits[i].as_array("logits").at(label).as_number("logit"), 1e-5);
    }
  }
}

class Folders : public testing::TestWithParam<size_t> {};

TEST_P(Folders, HaveTheAnswersOfTransformers) {
  const Json& golden_case = golden("cases.json").as_array("cases").at(GetParam());
  SCOPED_TRACE(golden_case.at("name").as_string("name"));
  const TemporaryFolder folder;
  make_folder(golden_case, folder / "model");
  const auto classifier = TextClassifier::load((folder / "model").string());
  expect_answers(classifier, golden_case);
  const auto expected_warnings = strings_of(golden_case.at("warns"));
  for (const std::string& part : expected_warnings)
    EXPECT_THAT(classifier.warnings(), Contains(HasSubstr(part)));
  if (expected_warnings.empty()) {
    EXPECT_THAT(classifier.warnings(), testing::IsEmpty());
  }

  classifier.save(folder / "saved");
  SCOPED_TRACE("saved by hone");
  expect_answers(TextClassifier::load((folder / "saved").string()), golden_case);
}

INSTANTIATE_TEST_SUITE_P(Golden, Folders,
                         testing::Range<size_t>(0, golden("cases.json").as_array("cases").size()));

}  // namespace
}  // namespace hone::test
