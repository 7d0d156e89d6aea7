// Tests of the library's errors in programs: exit codes, and options in place of settings.
#include "apps/cli/errors.h"

#include <gtest/gtest.h>

#include <csignal>

#include "apps/cli/signals.h"
#include "core/device_runtime.h"

namespace hone {
namespace {

TEST(Errors, EachKindHasItsExitCode) {
  EXPECT_EQ(exit_code(Error("x")), 1);
  EXPECT_EQ(exit_code(UsageError("x")), 2);
  EXPECT_EQ(exit_code(DataError("x")), 3);
  EXPECT_EQ(exit_code(ModelError("x")), 4);
  EXPECT_EQ(exit_code(NonFiniteError("x")), 5);
  EXPECT_EQ(exit_code(MemoryError("x")), 1);
  EXPECT_EQ(exit_code(RecordingRefused("x")), 1);
  EXPECT_EQ(exit_code(Interrupted(SIGINT)), 130);
  EXPECT_EQ(exit_code(Interrupted(SIGTERM)), 143);
}

TEST(Errors, SettingsBecomeOptions) {
  EXPECT_EQ(message_of(Error("a smaller batch_size or max_length needs less", {"batch_size", "max_length"})),
            "a smaller --batch-size or --max-length needs less");
  EXPECT_EQ(message_of(DataError("name the texts with text_columns", {"text_columns"})),
            "name the texts with --text-column");
  EXPECT_EQ(message_of(ModelError("train one first with fine_tune", {"fine_tune"})),
            "train one first with sst2 or qqp");
  EXPECT_EQ(message_of(Error("a smaller batch_size needs less")), "a smaller batch_size needs less");
}

// A path, or another word, may contain a setting's name and must stay as it is.
TEST(Errors, OnlyTheLastWordThatIsTheSettingChanges) {
  EXPECT_EQ(message_of(DataError("/data/format/my-format.txt: unknown; name it with format", {"format"})),
            "/data/format/my-format.txt: unknown; name it with --format");
  EXPECT_EQ(message_of(Error("max_length 4: a format needs 5", {"max_length"})),
            "--max-length 4: a format needs 5");
  EXPECT_EQ(message_of(Error("reformat it", {"format"})), "reformat it");
  EXPECT_EQ(message_of(Error("no such word", {"unknown_setting"})), "no such word");
}

}  // namespace
}  // namespace hone
