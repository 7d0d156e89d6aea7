#include "data/hub/hub_cache.h"

#include <gmock/gmock.h>

#include <optional>

#include "data/files/environment.h"
#include "tests/data/temporary_folder.h"

namespace hone {
namespace {

namespace fs = std::filesystem;
using test::failure_of;
using test::ScopedVariable;
using test::TemporaryFolder;
using testing::HasSubstr;

constexpr char kCommit[] = "0123456789abcdef0123456789abcdef01234567";

// Each test has a cache of its own and none of the caller's environment variables.
class HubCache : public testing::Test {
 protected:
  fs::path repository(const std::string& folder = "models--distilbert-base-uncased") {
    return fs::path("hub") / folder;
  }
  void add_snapshot(const fs::path& repo, const std::string& commit = kCommit) {
    for (const char* name : {"config.json", "model.safetensors", "vocab.txt"}) {
      root_.write(repo / "snapshots" / commit / name, "x");
    }
  }
  // Adds a file as the Python client does: a relative link to a blob.
  void add_linked(const fs::path& repo, const char* name) {
    const auto blob = root_.write(repo / "blobs" / (std::string("blob-") + name), "content");
    const auto link = root_ / repo / "snapshots" / kCommit / name;
    fs::create_directories(link.parent_path());
    fs::create_symlink(fs::path("../../blobs") / blob.filename(), link);
  }
  std::string refusal(const std::string& name, const std::string& revision = "main") {
    const auto failure = failure_of([&] { resolve_model(name, revision); });
    EXPECT_EQ(failure.kind, ErrorKind::model);
    return failure.message;
  }

  TemporaryFolder root_;
  ScopedVariable cache_{"HF_HUB_CACHE", (root_ / "hub").c_str()};
  ScopedVariable old_cache_{"HUGGINGFACE_HUB_CACHE", nullptr};
  ScopedVariable hf_home_{"HF_HOME", nullptr};
  ScopedVariable xdg_{"XDG_CACHE_HOME", nullptr};
  ScopedVariable endpoint_{"HF_ENDPOINT", nullptr};
};

TEST_F(HubCache, AFolderIsUsedDirectly) {
  for (const char* name : {"config.json", "model.safetensors", "tokenizer.json"})
    root_.write(fs::path("m") / name, "x");
  const auto location = resolve_model((root_ / "m").string());
  EXPECT_EQ(location.folder, root_ / "m");
  EXPECT_EQ(location.description, "folder");
}

TEST_F(HubCache, AFolderMeansTheModelInIt) {
  root_.write("run/run.json", "{}");
  for (const char* name : {"config.json", "model.safetensors", "vocab.txt"})
    root_.write(fs::path("run/model") / name, "x");
  const auto location = resolve_model((root_ / "run").string() + "/");
  EXPECT_TRUE(fs::equivalent(location.folder, root_ / "run" / "model"));
  EXPECT_EQ(location.description, "folder model in it");
}

TEST_F(HubCache, AFolderThatLacksAFileIsRefusedByName) {
  root_.write("m/config.json", "x");
  root_.write("m/vocab.txt", "x");
  EXPECT_THAT(refusal((root_ / "m").string()), HasSubstr("m: no model.safetensors; a model folder holds"));
  EXPECT_NO_THROW(resolve_model((root_ / "m").string(), "main", ModelParts::config));
  fs::remove(root_ / "m" / "config.json");
  EXPECT_THAT(refusal((root_ / "m").string()), HasSubstr("no config.json"));
  EXPECT_NO_THROW(resolve_model((root_ / "m").string(), "main", ModelParts::tokenizer));
  fs::remove(root_ / "m" / "vocab.txt");
  EXPECT_THAT(
      failure_of([&] { resolve_model((root_ / "m").string(), "main", ModelParts::tokenizer); }).message,
      HasSubstr("no vocab.txt"));
}

TEST_F(HubCache, AFolderWithAnIncompleteModel) {
  root_.write("run/model/config.json", "x");
  EXPECT_THAT(refusal((root_ / "run").string()), HasSubstr("was this model saved completely?"));
}

TEST_F(HubCache, FollowsTheRefOfARevision) {
  add_snapshot(repository());
  root_.write(repository() / "refs/main", kCommit);
  const auto location = resolve_model("distilbert-base-uncased");
  EXPECT_EQ(location.folder, root_ / repository() / "snapshots" / kCommit);
  EXPECT_EQ(location.description, std::string("hub cache, commit ") + kCommit);
}

TEST_F(HubCache, AcceptsTrailingBlanksInARef) {
  add_snapshot(repository());
  for (const char* end : {"\n", "\r\n", " \n"}) {
    root_.write(repository() / "refs/main", kCommit + std::string(end));
    EXPECT_NO_THROW(resolve_model("distilbert-base-uncased"));
  }
}

TEST_F(HubCache, OrganisationsRevisionsWithSlashesAndCommits) {
  const auto repo = repository("models--org--name");
  add_snapshot(repo);
  root_.write(repo / "refs/refs/pr/1", kCommit);
  EXPECT_NO_THROW(resolve_model("org/name", "refs/pr/1"));
  EXPECT_NO_THROW(resolve_model("org/name", kCommit));
  EXPECT_THAT(refusal("org/name"), HasSubstr("refs/main"));
}

TEST_F(HubCache, AcceptsLinksToBlobsAndLinksOfLinks) {
  for (const char* name : {"config.json", "model.safetensors", "vocab.txt"}) add_linked(repository(), name);
  const auto blob = root_ / repository() / "blobs" / "blob-config.json";
  fs::rename(blob, root_ / "store");
  fs::create_symlink(root_ / "store", blob);
  root_.write(repository() / "refs/main", kCommit);
  root_.write(repository() / "trees" / "unknown", "x");
  const auto location = resolve_model("distilbert-base-uncased");
  EXPECT_EQ(test::slurp(location.folder / "config.json"), "content");
}

TEST_F(HubCache, WorksOnAReadOnlyCache) {
  add_snapshot(repository());
  root_.write(repository() / "refs/main", kCommit);
  const auto set = [&](fs::perms perms) {
    for (const auto& path : {repository(), repository() / "refs", repository() / "snapshots"}) {
      fs::permissions(root_ / path, perms);
    }
  };
  set(fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_NO_THROW(resolve_model("distilbert-base-uncased"));
  set(fs::perms::owner_all);
}

TEST_F(HubCache, SaysWhatToGetAndWhereToPutIt) {
  const std::string message = refusal("distilbert-base-uncased");
  EXPECT_THAT(message, HasSubstr((root_ / repository() / "refs/main").string()));
  for (const char* name : {"config.json", "model.safetensors", "vocab.txt"}) {
    EXPECT_THAT(message, HasSubstr("https://huggingface.co/distilbert-base-uncased/resolve/main/" +
                                   std::string(name)));
  }
  EXPECT_THAT(message, HasSubstr("pass model DIR"));
}

TEST_F(HubCache, AddressesUseTheEndpointAndQuoteTheRevision) {
  const ScopedVariable endpoint("HF_ENDPOINT", "https://mirror.example//");
  EXPECT_THAT(refusal("org/name", "refs/pr/1"),
              HasSubstr("https://mirror.example/org/name/resolve/refs%2Fpr%2F1/config.json"));
}

TEST_F(HubCache, NamesTheFileThatASnapshotLacks) {
  root_.write(repository() / "refs/main", kCommit);
  root_.write(repository() / "snapshots" / kCommit / "config.json", "x");
  root_.write(repository() / "snapshots" / kCommit / "vocab.txt", "x");
  EXPECT_THAT(refusal("distilbert-base-uncased"),
              HasSubstr("not complete in the hub cache: no " +
                        (root_ / repository() / "snapshots" / kCommit / "model.safetensors").string()));
}

TEST_F(HubCache, RefusesDamagedRefs) {
  add_snapshot(repository());
  for (const char* ref : {"", "main", "../../../etc", "0123456789ABCDEF0123456789ABCDEF01234567"}) {
    root_.write(repository() / "refs/main", ref);
    EXPECT_THAT(refusal("distilbert-base-uncased"), HasSubstr("expected a commit of 40 hex digits"));
  }
}

TEST_F(HubCache, RefusesNamesThatLeadElsewhere) {
  for (const char* name :
       {"", "../no-such-folder", "a/b/c", "/none", "a//b", "a b", "a--b", "-a", "~/model", "a\nb"}) {
    EXPECT_THAT(refusal(name), HasSubstr("no such folder, and not a legal name on the hub")) << name;
  }
  for (const char* revision : {"", "..", "../main", "/main", "a/../b", "a\\b", "a//b"}) {
    EXPECT_THAT(refusal("name", revision), HasSubstr("not a legal name of a branch")) << revision;
  }
  root_.write("file", "x");
  EXPECT_THAT(refusal((root_ / "file").string()), HasSubstr("not a folder"));
}

TEST(HubCacheRoot, FollowsTheVariablesInOrder) {
  std::optional<ScopedVariable> home, xdg, hf, old, cache;
  home.emplace("HOME", "/h");
  xdg.emplace("XDG_CACHE_HOME", nullptr);
  hf.emplace("HF_HOME", nullptr);
  old.emplace("HUGGINGFACE_HUB_CACHE", nullptr);
  cache.emplace("HF_HUB_CACHE", "");
  EXPECT_EQ(hub_cache_root(), "/h/.cache/huggingface/hub");
  const ScopedVariable xdg2("XDG_CACHE_HOME", "/x");
  EXPECT_EQ(hub_cache_root(), "/x/huggingface/hub");
  const ScopedVariable hf2("HF_HOME", "~/hf");
  EXPECT_EQ(hub_cache_root(), "/h/hf/hub");
  const ScopedVariable old2("HUGGINGFACE_HUB_CACHE", "$HOME/old");
  EXPECT_EQ(hub_cache_root(), "/h/old");
  const ScopedVariable cache2("HF_HUB_CACHE", "/c");
  EXPECT_EQ(hub_cache_root(), "/c");
}

TEST(HubCacheRoot, WithoutHomeSaysWhatToSet) {
  const ScopedVariable home("HOME", nullptr), xdg("XDG_CACHE_HOME", nullptr), hf("HF_HOME", nullptr),
      old("HUGGINGFACE_HUB_CACHE", nullptr), cache("HF_HUB_CACHE", nullptr);
  const auto failure = failure_of([] { hub_cache_root(); });
  EXPECT_THAT(failure.message, HasSubstr("set HF_HOME, HF_HUB_CACHE or HOME"));
  EXPECT_EQ(failure.kind, ErrorKind::model);
}

TEST(ExpandPath, ExpandsHomeAndVariables) {
  const ScopedVariable home("HOME", "/h"), a("HONE_TEST_A", "x$HONE_TEST_A"), none("HONE_TEST_NONE", nullptr);
  EXPECT_EQ(expand_path("~"), "/h");
  EXPECT_EQ(expand_path("~/d"), "/h/d");
  EXPECT_EQ(expand_path("~other/d"), "~other/d");
  EXPECT_EQ(expand_path("a/$HOME/${HOME}b"), "a//h//hb");
  EXPECT_EQ(expand_path("$HONE_TEST_A"), "x$HONE_TEST_A");  // the result is not expanded again
  EXPECT_EQ(expand_path("$HONE_TEST_NONE/${HONE_TEST_NONE}/${open$"),
            "$HONE_TEST_NONE/${HONE_TEST_NONE}/${open$");
}

}  // namespace
}  // namespace hone
