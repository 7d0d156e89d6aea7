// The folders of checkpoints, without training.
#include "train/checkpoint.h"

#include <gmock/gmock.h>

#include <array>

#include "data/safetensors/safetensors.h"
#include "tests/data/temporary_folder.h"
#include "train/manifest.h"

namespace hone::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CheckpointsTest : public testing::Test {
 protected:
  // Saves a checkpoint whose weights and moments are made from the step's number.
  void save(int64_t step) {
    numbers_.fill(static_cast<float>(step));
    const auto tensor = [&](const char* name, size_t at) {
      return TensorData{name, "F32", {2}, numbers_.data() + at, 8};
    };
    checkpoints_.save({step, "hash", {tensor("w", 0)}, {tensor("m.w", 2), tensor("v.w", 4)}, "{}\n"});
  }
  std::string weights_of(const std::filesystem::path& folder) const {
    const SafetensorsFile file = SafetensorsFile::open(folder / "model.safetensors");
    std::array<float, 2> values;
    file.read_f32(*file.find("w"), values);
    return std::to_string(static_cast<int>(values[1]));
  }
  void damage(const std::string& file) {
    std::string bytes = slurp(run_ / file);
    bytes.back() ^= 1;
    run_.write(file, bytes);
  }

  TemporaryFolder run_;
  Checkpoints checkpoints_{run_.path()};
  std::array<float, 6> numbers_{};
};

TEST_F(CheckpointsTest, WhatIsSavedIsFound) {
  save(7);
  const FoundCheckpoint found = checkpoints_.find();
  EXPECT_EQ(found.step, 7);
  EXPECT_EQ(found.folder, run_ / "ckpt-00000007");
  EXPECT_EQ(found.config_hash, "hash");
  EXPECT_EQ(found.passed_over, "");
  EXPECT_EQ(weights_of(found.folder), "7");
  EXPECT_THAT(names_in(run_.path()), ElementsAre("ckpt-00000007", "latest"));
  EXPECT_THAT(names_in(found.folder),
              ElementsAre("manifest.json", "model.safetensors", "optimizer.safetensors", "state.json"));
  EXPECT_EQ(slurp(run_ / "latest"), "ckpt-00000007\n");
}

TEST_F(CheckpointsTest, PruningSparesTheLatestTheBestAndTheNewest) {
  for (const int64_t step : {1, 2, 3, 4, 5}) save(step);
  checkpoints_.point("best", 2);
  checkpoints_.prune(3);
  EXPECT_THAT(names_in(run_.path()), ElementsAre("best", "ckpt-00000002", "ckpt-00000003", "ckpt-00000004",
                                                 "ckpt-00000005", "latest"));
  checkpoints_.point("latest", 3);  // as after resuming from 3: newer folders stay until they are rewritten
  checkpoints_.prune(1);
  EXPECT_THAT(names_in(run_.path()), ElementsAre("best", "ckpt-00000002", "ckpt-00000003", "ckpt-00000004",
                                                 "ckpt-00000005", "latest"));
  save(100000000);
  checkpoints_.prune(1);
  EXPECT_THAT(names_in(run_.path()), ElementsAre("best", "ckpt-00000002", "ckpt-100000000", "latest"));
}

TEST_F(CheckpointsTest, PruningLeavesFilesOfOthers) {
  save(1);
  run_.write("ckpt-00000001/thesis.tex", "years of work");
  run_.write("ckpt-mine/model.safetensors", "x");
  save(2);
  checkpoints_.prune(1);
  EXPECT_THAT(names_in(run_ / "ckpt-00000001"), ElementsAre("thesis.tex"));
  EXPECT_THAT(names_in(run_ / "ckpt-mine"), ElementsAre("model.safetensors"));
}

TEST_F(CheckpointsTest, ADamagedFileLeadsToTheOneBefore) {
  for (const char* file : {"model.safetensors", "optimizer.safetensors", "state.json", "manifest.json"}) {
    save(1);
    save(2);
    damage(std::string("ckpt-00000002/") + file);
    const FoundCheckpoint found = checkpoints_.find();
    EXPECT_EQ(found.step, 1) << file;
    EXPECT_THAT(found.passed_over, HasSubstr(std::string("ckpt-00000002/") + file));
    std::filesystem::remove(run_ / "ckpt-00000002" / file);
    EXPECT_EQ(checkpoints_.find().step, 1) << file;
    save(2);  // replaces the damaged one
    EXPECT_EQ(checkpoints_.find().step, 2) << file;
  }
  EXPECT_THAT(names_in(run_.path()), ElementsAre("ckpt-00000001", "ckpt-00000002", "latest"));
}

TEST_F(CheckpointsTest, ManifestsAreTakenAtTheirWord) {
  save(1);
  save(2);
  const std::string file = "ckpt-00000002/manifest.json", good = slurp(run_ / file);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    run_.write(file, text);
    const FoundCheckpoint found = checkpoints_.find();
    EXPECT_EQ(found.step, 1) << to;
    return found.passed_over;
  };
  EXPECT_THAT(with("\"format_version\": 1", "\"format_version\": 2"),
              HasSubstr("format version 2, this program reads 1"));
  EXPECT_THAT(with("\"step\": 2", "\"step\": 1"), HasSubstr("says step 1"));
  EXPECT_THAT(with("state.json", "other.json"), HasSubstr("state.json: not in the manifest"));
  EXPECT_THAT(with("\"size\": 3", "\"size\": 4"), HasSubstr("has 3 bytes"));
}

TEST_F(CheckpointsTest, LatestMayBeMissingOrSenseless) {
  save(3);
  for (const char* text : {"", "ckpt-00000003", "ckpt-3\n", "../ckpt-00000003\n", "ckpt-00000004\n"}) {
    run_.write("latest", text);
    const FoundCheckpoint found = checkpoints_.find();
    EXPECT_EQ(found.step, 3) << text;
    EXPECT_NE(found.passed_over, "") << text;
  }
  std::filesystem::remove(run_ / "latest");
  EXPECT_EQ(checkpoints_.find().step, 3);
}

TEST_F(CheckpointsTest, NoneIsAnErrorWithTheReason) {
  const auto none = failure_of([&] { checkpoints_.find(); });
  EXPECT_EQ(none.kind, ErrorKind::run);
  EXPECT_THAT(none.message, HasSubstr("no checkpoint to resume from"));
  save(1);
  damage("ckpt-00000001/state.json");
  EXPECT_THAT(failure_of([&] { checkpoints_.find(); }).message, HasSubstr("state.json: has 3 bytes"));
}

TEST_F(CheckpointsTest, LeftoversOfDeadProcessesGoAway) {
  constexpr const char* kDead = "2147483646";
  const std::string alive = "ckpt-00000009.tmp-1";
  for (const std::string& name :
       {std::string("ckpt-00000001.tmp-") + kDead, std::string("ckpt-00000001.tmp-") + kDead + "-1",
        std::string("model.tmp-") + kDead + "-old"}) {
    run_.write(name + "/model.safetensors", "x");
    run_.write(name + "/.state.json.tmp-" + kDead + "-3", "x");
  }
  run_.write(std::string(".latest.tmp-") + kDead + "-0", "x");
  run_.write(alive + "/state.json", "x");
  run_.write(std::string("ckpt-00000002.tmp-") + kDead + "/thesis.tex", "years of work");
  run_.write(std::string("other.tmp-") + kDead, "x");
  checkpoints_.remove_leftovers();
  EXPECT_THAT(names_in(run_.path()), ElementsAre(std::string("ckpt-00000002.tmp-") + kDead, alive,
                                                 std::string("other.tmp-") + kDead));
}

TEST_F(CheckpointsTest, RoomIsCheckedBeforehand) {
  checkpoints_.check_room(1000);
  const auto failure = failure_of([&] { checkpoints_.check_room(uint64_t{1} << 62); });
  EXPECT_EQ(failure.kind, ErrorKind::run);
  EXPECT_THAT(failure.message, HasSubstr("MB free"));
}

}  // namespace
}  // namespace hone::test
