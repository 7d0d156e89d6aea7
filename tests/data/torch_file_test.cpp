#include "data/torch/torch_file.h"

#include <gmock/gmock.h>

#include <numeric>

#include <cmath>

#include <rapidcheck.h>

#include "data/hub/weight_files.h"
#include "data/safetensors/safetensors.h"
#include "tests/data/pickle_bytes.h"
#include "tests/data/temporary_folder.h"
#include "tests/support/paths.h"

namespace hone {
namespace {

namespace fs = std::filesystem;
using namespace test;
using testing::HasSubstr;
using namespace std::string_literals;

const fs::path kGolden = fs::path(hone::test::source_dir()) / "tests/golden";

std::vector<std::byte> bytes_of(const auto& file, const TensorInfo& tensor) {
  std::vector<std::byte> bytes(tensor.end - tensor.begin);
  file.read_bytes(tensor, bytes);
  return bytes;
}

// Expects the same names, dtypes, shapes and bits.
void expect_same_tensors(const TorchFile& torch, const SafetensorsFile& expected) {
  EXPECT_EQ(torch.tensors().size(), expected.tensors().size());
  for (const TensorInfo& tensor : expected.tensors()) {
    SCOPED_TRACE(tensor.name);
    const TensorInfo* found = torch.find(tensor.name);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->dtype, tensor.dtype);
    EXPECT_EQ(found->shape, tensor.shape);
    EXPECT_EQ(bytes_of(torch, *found), bytes_of(expected, tensor));
  }
}

class TorchGolden : public testing::TestWithParam<const char*> {};

TEST_P(TorchGolden, HoldsTheTensorsOfTheSafetensorsFile) {
  const auto torch = TorchFile::open(kGolden / "torch_tensors" / GetParam());
  expect_same_tensors(torch, SafetensorsFile::open(kGolden / "torch_tensors/expected.safetensors"));
  const bool wrapped = std::string_view(GetParam()).find('_') != std::string_view::npos;
  ASSERT_EQ(torch.warnings().size(), wrapped ? 1u : 0u);
  if (wrapped) {
    EXPECT_THAT(torch.warnings()[0], HasSubstr("state_dict\"; the rest is ignored"));
  }
}

TEST_P(TorchGolden, ReadsFloatsOfEveryFloatingType) {
  const auto torch = TorchFile::open(kGolden / "torch_tensors" / GetParam());
  const auto expected = SafetensorsFile::open(kGolden / "torch_tensors/expected.safetensors");
  for (const TensorInfo& tensor : expected.tensors()) {
    if (tensor.dtype.find('F') == std::string::npos) continue;
    std::vector<float> a(tensor.elements()), b(tensor.elements());
    torch.read_f32(*torch.find(tensor.name), a);
    expected.read_f32(tensor, b);
    for (size_t i = 0; i < a.size(); ++i)
      EXPECT_TRUE(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) << tensor.name << " " << i;
  }
  float out[6];
  EXPECT_THAT(failure_of([&] { torch.read_f32(*torch.find("int64"), out); }).message,
              HasSubstr("tensor \"int64\" has dtype I64, expected F32, F16, BF16 or F64"));
  EXPECT_THAT(failure_of([&] { torch.read_f32(*torch.find("whole"), out); }).message,
              HasSubstr("60 elements, asked for 6"));
}

INSTANTIATE_TEST_SUITE_P(Containers, TorchGolden,
                         testing::Values("zip.bin", "legacy.bin", "deflated.bin", "checkpoint_zip.bin",
                                         "checkpoint_legacy.bin", "model_state_dict.bin"),
                         [](const auto& param) { return fs::path(param.param).stem().string(); });

TEST(TorchModel, LoadsLikeItsSafetensors) {
  const fs::path folder = kGolden / "torch_model";
  const auto expected = SafetensorsFile::open(folder / "model.safetensors");
  expect_same_tensors(TorchFile::open(folder / "pytorch_model.bin"), expected);
  expect_same_tensors(TorchFile::open(folder / "pytorch_model_legacy.bin"), expected);
}

TEST(TorchModel, SharedStoragesCountOnce) {
  const auto torch = TorchFile::open(kGolden / "torch_tensors/zip.bin");
  uint64_t all = 0;
  for (const TensorInfo& tensor : torch.tensors()) all += tensor.elements();
  EXPECT_EQ(torch.stored_elements(), 10 * 6 + 5 + 4 + 4 + 2 + 1 + 0 + 60 + 1u);
  EXPECT_LT(torch.stored_elements(), all);
}

TEST(TorchModel, RefusesTypesThatNeedOtherFunctions) {
  EXPECT_THAT(failure_of([] { TorchFile::open(kGolden / "torch_tensors/float8.bin"); }).message,
              HasSubstr("float8.bin: data.pkl: refused global torch._utils._rebuild_tensor_v3 at byte "));
}

class Torch : public testing::Test {
 protected:
  static std::vector<ZipEntry> members(const std::string& program, size_t storage_bytes = 24) {
    return {{.name = "m/data.pkl", .content = protocol2(program)},
            {.name = "m/version", .content = "3\n"},
            {.name = "m/data/0", .content = std::string(storage_bytes, '\1')}};
  }
  static std::string legacy(const std::string& program, const std::string& keys = "](" + text_op("0") + "e",
                            int64_t elements = 6, const std::string& bytes = std::string(24, '\1')) {
    return kMagic + protocol2("M\xe9\3") + protocol2(system(true)) + protocol2(program) + protocol2(keys) +
           le(elements) + bytes;
  }
  static std::string system(bool little, int protocol = 1001, int long_size = 4) {
    return dict_op(
        text_op("protocol_version") + int_op(protocol) + text_op("little_endian") +
        (little ? "\x88" : "\x89") + text_op("type_sizes") +
        dict_op(text_op("short") + "K\2" + text_op("int") + "K\4" + text_op("long") + int_op(long_size)));
  }
  static std::string dict_of(const TensorOps& tensor) { return dict_op(text_op("w") + tensor_op(tensor)); }

  TorchFile open(const std::string& bytes) { return TorchFile::open(folder_.write("x.bin", bytes)); }
  std::vector<float> values(const std::string& bytes) {
    const TorchFile file = open(bytes);
    std::vector<float> out(file.tensors().at(0).elements());
    file.read_f32(file.tensors()[0], out);
    return out;
  }
  void refuses(const std::string& bytes, const std::string& message) {
    const auto failure = failure_of([&] { values(bytes); });
    EXPECT_THAT(failure.message, HasSubstr("x.bin: "));
    EXPECT_THAT(failure.message, HasSubstr(message));
    EXPECT_EQ(failure.kind, ErrorKind::model);
  }
  void refuses_tensor(const TensorOps& tensor, const std::string& message) {
    refuses(zip_bytes(members(dict_of(tensor))), message);
  }
  void refuses_object(const std::string& program, const std::string& message) {
    refuses(zip_bytes(members(program)), message);
  }

  static inline const std::string kMagic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e"s;
  const std::string kStorage = storage_op("0", 6);
  const std::string kStoragePart = storage_op("0", 6, "N");
  TemporaryFolder folder_;
};

TEST_F(Torch, ReadsFilesMadeByHand) {
  const float one = std::bit_cast<float>(0x01010101u);
  EXPECT_EQ(values(zip_bytes(members(dict_of({.storage = kStorage})))), std::vector<float>(6, one));
  EXPECT_EQ(values(legacy(dict_of({.storage = kStoragePart}))), std::vector<float>(6, one));
}

TEST_F(Torch, TheContainerIsKnownByItsFirstBytes) {
  refuses("", "not a torch file");
  refuses("PK\5\6" + std::string(18, '\0'), "not a torch file");
  refuses("{}", "not a torch file");
  refuses(std::string(257, '\0') + "ustar\0"s + std::string(300, '\0'),
          "a tar file, which torch wrote in 2017, is not read");
  refuses("PK\3\4", "no end record");
  EXPECT_EQ(failure_of([&] { TorchFile::open(folder_ / "none"); }).kind, ErrorKind::model);
}

TEST_F(Torch, TheArchiveMustBeComplete) {
  const auto valid = members(dict_of({.storage = kStorage}));
  for (const auto& [index, message] : {std::pair{0, "no member \"m/data.pkl\""},
                                       {1, "no member \"m/version\""},
                                       {2, "no member \"m/data/0\""}}) {
    auto entries = valid;
    entries.erase(entries.begin() + index);
    refuses(zip_bytes(entries), message);
  }
  auto entries = valid;
  entries.push_back({.name = "other/x"});
  refuses(zip_bytes(entries), "not in the one folder");
  entries.back().name = "x";
  refuses(zip_bytes(entries), "not in the one folder");
  for (const char* version : {"", "0", "11\n", "x", "-1"}) {
    entries = valid;
    entries[1].content = version;
    refuses(zip_bytes(entries), "expected 1 to 10");
  }
}

TEST_F(Torch, TheByteOrderMustBeLittle) {
  auto entries = members(dict_of({.storage = kStorage}));
  entries.push_back({.name = "m/byteorder", .content = "little"});
  EXPECT_NO_THROW(values(zip_bytes(entries)));
  for (const char* order : {"big", "", "middle", "little\n"}) {
    entries.back().content = order;
    refuses(zip_bytes(entries), "only little-endian files are read");
  }
}

TEST_F(Torch, StoragesHaveExactlyTheirSizeAndCrc) {
  for (const size_t size : {0, 23, 25}) {
    refuses(zip_bytes(members(dict_of({.storage = kStorage}), size)),
            "member \"m/data/0\" has " + std::to_string(size) + " bytes, expected 24 for 6 elements of F32");
  }
  for (const uint16_t method : {0, 8}) {
    auto entries = members(dict_of({.storage = kStorage}));
    entries[2].method = method;
    entries[2].crc = 1;
    refuses(zip_bytes(entries), "member \"m/data/0\": damaged: its CRC does not match");
  }
  auto entries = members(dict_of({.storage = kStorage}));
  entries[0].crc = 1;
  refuses(zip_bytes(entries), "member \"m/data.pkl\": damaged");
}

TEST_F(Torch, NothingFollowsThePickle) {
  auto entries = members(dict_of({.storage = kStorage}));
  entries[0].content += "x";
  refuses(zip_bytes(entries), "1 bytes after its end");
  entries[0].content = std::string(65 << 20, 'N');
  refuses(zip_bytes(entries), "at most 67108864 are expected");
}

TEST_F(Torch, TheObjectMustBeADictOfTensors) {
  refuses_object("K\1", "expected a dict of tensors, found an integer");
  refuses_object("]", "expected a dict of tensors, found a list");
  refuses_object(tensor_op({.storage = kStorage}), "expected a dict of tensors, found an object");
  refuses_object(dict_op(text_op("w") + "K\1"), "tensor \"w\": expected a tensor, found an integer");
  refuses_object(dict_op(text_op("w") + kStorage), "tensor \"w\": expected a tensor, found a storage");
  refuses_object(dict_op("K\1" + tensor_op({.storage = kStorage})), "a tensor's name is an integer");
  const std::string tensor = text_op("w") + tensor_op({.storage = kStorage});
  refuses_object(dict_op(tensor + tensor), "duplicate tensor \"w\"");
  EXPECT_EQ(open(zip_bytes(members("}"))).tensors().size(), 0u);
}

TEST_F(Torch, AStateDictInsideIsTaken) {
  const std::string dict = dict_of({.storage = kStorage});
  for (const char* key : {"state_dict", "model_state_dict"})
    EXPECT_EQ(
        open(zip_bytes(members(dict_op(text_op("epoch") + "K\1" + text_op(key) + dict)))).tensors().size(),
        1u);
  refuses_object(dict_op(text_op("model") + dict), "tensor \"model\": expected a tensor, found a dict");
}

// Under any other key a dict is taken when it alone has an encoder's tensors.
TEST_F(Torch, TheOnlyDictWithAnEncoderInsideIsTaken) {
  const auto named = [this](const char* name) {
    return dict_op(text_op(name) + tensor_op({.storage = kStorage}));
  };
  const std::string encoder = named("bert.embeddings.word_embeddings.weight"), other = named("exp_avg");
  for (const char* key : {"model", "module", "net", "weights", "params", "ema", "my model"}) {
    const std::string bytes = zip_bytes(
        members(dict_op(text_op(key) + encoder + text_op("optimizer") + other + text_op("epoch") + "K\1")));
    const auto file = open(bytes);
    ASSERT_EQ(file.tensors().size(), 1u);
    EXPECT_EQ(file.tensors().front().name, "bert.embeddings.word_embeddings.weight");
    EXPECT_THAT(file.warnings(),
                testing::ElementsAre(testing::HasSubstr("its \"" + std::string(key) + "\";")));
  }
  EXPECT_EQ(
      open(zip_bytes(members(dict_op(text_op("a") + dict_op(text_op("b") + encoder))))).tensors().size(), 1u);
  EXPECT_EQ(open(zip_bytes(members(dict_op(text_op("state_dict") + encoder + text_op("ema") + encoder))))
                .tensors()
                .size(),
            1u);
  refuses_object(dict_op(text_op("model") + encoder + text_op("ema") + encoder),
                 "two members hold a model's tensors, \"ema\" and \"model\"");
  refuses_object(dict_op(text_op("model") + dict_op(text_op("embeddings.word_embeddings.weight") + "K\1")),
                 "expected a tensor, found a dict");
}

TEST_F(Torch, StoragesAreNamedInOneWay) {
  const auto id = [](const std::string& items) { return tuple_op(items) + "Q"; };
  const std::string type = global_op("torch", "FloatStorage"), name = text_op("storage"), key = text_op("0"),
                    place = text_op("cpu"), six = int_op(6);
  const char* wrong = "a persistent id is not ('storage', class, key, location, count)";
  for (const std::string& storage :
       {id(""), id(name + type + key + place), id(name + type + key + place + six + "N"),
        id(text_op("x") + type + key + place + six)}) {
    refuses_tensor({.storage = storage}, wrong);
  }
  refuses_tensor({.storage = id(name + text_op("FloatStorage") + key + place + six)},
                 "does not name a storage class");
  refuses_tensor({.storage = id(name + global_op("torch", "Size") + key + place + six)},
                 "does not name a storage class");
  for (const char* bad : {"", "a", "-1", "../0", "0x1", "1 "})
    refuses_tensor({.storage = id(name + type + text_op(bad) + place + six)}, "is not a decimal number");
  refuses_tensor({.storage = id(name + type + "K\0"s + place + six)}, "is not a decimal number");
  refuses_tensor({.storage = id(name + type + key + "N" + six)}, "its location is not a string");
  refuses_tensor({.storage = id(name + type + key + place + int_op(-1))},
                 "the size of a storage is negative: -1");
  refuses_tensor({.storage = id(name + type + key + place + "\x88")}, "is a boolean, expected an integer");
  refuses_tensor({.storage = id(name + type + key + place + "\x8a\x08" + le(INT64_MAX))}, "overflow");
  refuses_tensor({.storage = "N"}, "a tensor's storage is None");
}

TEST_F(Torch, AKeySeenAgainMustBeTheSameStorage) {
  const auto two = [](const std::string& second) {
    return dict_op(text_op("a") + tensor_op({.storage = storage_op("0", 6)}) + text_op("b") +
                   tensor_op({.storage = second}));
  };
  EXPECT_EQ(open(zip_bytes(members(two(storage_op("0", 6))))).stored_elements(), 6u);
  refuses_object(two(storage_op("0", 7)), "storage 0 is 7 elements of F32 here and 6 of F32 before");
  refuses_object(two(storage_op("0", 6, "", "IntStorage")),
                 "storage 0 is 6 elements of I32 here and 6 of F32 before");
}

TEST_F(Torch, AScatteredViewIsItsElements) {
  const auto pair = [](int a, int b) { return tuple_op(int_op(a) + int_op(b)); };
  auto entries = members(dict_of(
      {.storage = storage_op("0", 100), .offset = int_op(2), .size = pair(2, 3), .stride = pair(50, 20)}));
  float numbers[100];
  std::iota(std::begin(numbers), std::end(numbers), 0.0f);
  entries[2].content.assign(reinterpret_cast<const char*>(numbers), sizeof numbers);
  EXPECT_EQ(values(zip_bytes(entries)), (std::vector<float>{2, 22, 42, 52, 72, 92}));
}

TEST_F(Torch, ViewsStayInsideTheirStorage) {
  const auto sizes = [](std::initializer_list<int> values) {
    std::string items;
    for (const int value : values) items += int_op(value);
    return tuple_op(items);
  };
  const std::string huge = "\x8a\x08" + le(INT64_MAX);
  const TensorOps inside[] = {
      {.storage = kStorage, .size = sizes({3, 2}), .stride = sizes({1, 3})},
      {.storage = kStorage, .offset = int_op(5), .size = sizes({}), .stride = sizes({})},
      {.storage = kStorage, .offset = int_op(5), .size = sizes({100, 1}), .stride = sizes({0, 1000})},
      {.storage = kStorage, .offset = huge, .size = sizes({5, 0}), .stride = sizes({9, 9})},
      {.storage = kStorage,
       .size = sizes({1, 1, 1, 1, 1, 1, 1, 6}),
       .stride = sizes({6, 6, 6, 6, 6, 6, 6, 1})},
  };
  for (const TensorOps& tensor : inside) EXPECT_NO_THROW(values(zip_bytes(members(dict_of(tensor)))));
  const TensorOps outside[] = {
      {.storage = kStorage, .offset = int_op(1)},
      {.storage = kStorage, .size = sizes({7}), .stride = sizes({1})},
      {.storage = kStorage, .offset = int_op(6), .size = sizes({}), .stride = sizes({})},
      {.storage = kStorage, .offset = huge, .size = sizes({1}), .stride = sizes({1})},
      {.storage = kStorage, .size = sizes({2}), .stride = tuple_op(huge)},
      {.storage = kStorage, .size = sizes({4, 4}), .stride = tuple_op(huge + huge)},
      {.storage = kStorage,
       .size = sizes({3, 5}),
       .stride = tuple_op("\x8a\x08" + le(INT64_MAX / 2 + 1) + huge)},
  };
  for (const TensorOps& tensor : outside) refuses_tensor(tensor, "reaches beyond its storage of 6 elements");
  refuses_tensor({.storage = kStorage, .stride = sizes({1})}, "size [2, 3] and stride [1] differ in length");
  refuses_tensor({.storage = kStorage, .stride = sizes({-3, 1})}, "its stride is negative: -3");
  refuses_tensor({.storage = kStorage, .size = sizes({-2, 3})}, "its size is negative: -2");
  refuses_tensor({.storage = kStorage, .offset = int_op(-1)}, "its offset is negative: -1");
  refuses_tensor({.storage = kStorage, .size = tuple_op(huge + huge), .stride = sizes({0, 0})}, "overflow");
  refuses_tensor({.storage = kStorage, .size = "](K\2K\3e"}, "its size is a list, expected a tuple");
  refuses_tensor({.storage = kStorage, .size = tuple_op("NN")}, "its size is None, expected an integer");
  refuses_tensor({.storage = kStorage, .size = sizes({1, 1, 1, 1, 1, 1, 1, 1, 1})},
                 "its size has more than 8 dimensions");
}

TEST_F(Torch, TensorsAndParametersHaveTheirArguments) {
  refuses_tensor({.storage = kStorage, .flag = "N"}, "requires_grad is None");
  refuses_tensor({.storage = kStorage, .hooks = "N"}, "its hooks are not an empty OrderedDict");
  refuses_tensor({.storage = kStorage, .hooks = kOrderedDictOp + "K\1K\1s"},
                 "its hooks are not an empty OrderedDict");
  refuses_tensor({.storage = kStorage, .more = "NN"}, "a call with 8 arguments, expected 6");
  EXPECT_NO_THROW(values(zip_bytes(members(dict_of({.storage = kStorage, .more = "}"})))));
  const std::string parameter = global_op("torch._utils", "_rebuild_parameter");
  const auto with = [&](const std::string& arguments) {
    return dict_op(text_op("w") + call_op(parameter, arguments));
  };
  const std::string tensor = tensor_op({.storage = kStorage});
  EXPECT_NO_THROW(values(zip_bytes(members(with(tensor + "\x88" + kOrderedDictOp)))));
  refuses_object(with(tensor + "\x88"), "a call with 2 arguments, expected 3");
  refuses_object(with("N\x88" + kOrderedDictOp), "expected a tensor, found None");
  refuses_object(with(call_op(parameter, tensor + "\x88" + kOrderedDictOp) + "\x88" + kOrderedDictOp),
                 "expected a tensor, found an object");
}

TEST_F(Torch, LegacyHeaders) {
  const std::string rest = protocol2(dict_of({.storage = kStoragePart})) +
                           protocol2("](" + text_op("0") + "e") + le(int64_t{6}) + std::string(24, '\1');
  const auto with = [&](const std::string& protocol, const std::string& system) {
    return kMagic + protocol2(protocol) + protocol2(system) + rest;
  };
  EXPECT_NO_THROW(values(with("M\xe9\3", system(true))));
  refuses(with("M\xea\3", system(true)), "not torch's protocol 1001");
  refuses(with("N", system(true)), "not torch's protocol 1001");
  refuses(with("M\xe9\3", system(false)), "big-endian, only little-endian files are read");
  refuses(with("M\xe9\3", system(true, 1002)), "not torch's protocol 1001");
  refuses(with("M\xe9\3", system(true, 1001, 8)), "its type_sizes are not");
  refuses(with("M\xe9\3", "}"), "does not say whether it is little-endian");
  refuses(with("M\xe9\3", "N"), "does not say whether it is little-endian");
  std::string other = with("M\xe9\3", system(true));
  other[5] = 'x';
  refuses(other, "does not begin with torch's number");
}

TEST_F(Torch, LegacyStorages) {
  const std::string program = dict_of({.storage = kStoragePart}), zero = text_op("0");
  refuses(legacy(program, "](" + zero + "e", 5), "storage 0 has 5 elements, its tensors say 6");
  refuses(legacy(program, "](" + zero + "e", -1), "storage 0 has -1 elements");
  refuses(legacy(program, "](" + zero + "e", 6, std::string(23, '\1')),
          "ends in storage 0: 24 bytes expected from byte ");
  refuses(legacy(program, "](" + zero + "e", 6, "")
              .substr(0, legacy(program, "](" + zero + "e", 6, "").size() - 1),
          "1 more were expected");
  refuses(legacy(program, "]"), "storage 0 is not in the list of storages");
  refuses(legacy(program, "](" + zero + zero + "e", 6,
                 std::string(24, '\1') + le(int64_t{6}) + std::string(24, '\1')),
          "storage 0 is twice in the list of storages");
  refuses(legacy(program, "](" + text_op("1") + "e"), "storage \"1\" belongs to no tensor");
  refuses(legacy(program, "](K\1e"), "a storage's key is an integer");
  refuses(legacy(program, "N"), "no list of storages after the tensors");
  refuses(legacy(dict_of({.storage = kStorage})),
          "a persistent id is not ('storage', class, key, location, count, part)");
  EXPECT_THAT(open(legacy(program) + "xyz").warnings(),
              testing::ElementsAre(HasSubstr("3 bytes after the last storage are ignored")));
}

TEST_F(Torch, LegacyPartsOfStorages) {
  const auto file = [&](const std::string& part, const TensorOps& shape = {}) {
    TensorOps tensor = shape;
    tensor.storage = storage_op("0", 6, part);
    return legacy(dict_of(tensor), "](" + text_op("0") + "e", 6,
                  le(0.f) + le(1.f) + le(2.f) + le(3.f) + le(4.f) + le(5.f));
  };
  const TensorOps two{.offset = int_op(1), .size = tuple_op(int_op(2)), .stride = tuple_op(int_op(1))};
  EXPECT_THAT(values(file(tuple_op(text_op("77") + "K\2K\3"), two)), testing::ElementsAre(3, 4));
  refuses(file(tuple_op(text_op("77") + "K\2K\2"), two), "reaches beyond its storage of 2 elements");
  refuses(file(tuple_op(text_op("77") + "K\4K\3"), two), "a part of 3 elements from 4 on, but it has 6");
  refuses(file(tuple_op(text_op("77") + "K\7K\0"s), two), "a part of 0 elements from 7 on");
  refuses(file(tuple_op("K\1K\2K\3"), two), "its part is not (key, offset, count)");
  refuses(file("K\1", two), "its part is not (key, offset, count)");
}

TEST_F(Torch, RefusesCode) {
  refuses_object(call_op(global_op("os", "system"), text_op("true")),
                 "x.bin: data.pkl: refused global os.system at byte 2");
  refuses(legacy(call_op(global_op("os", "system"), text_op("true"))),
          "x.bin: refused global os.system at byte ");
}

class TorchDamage : public Torch, public testing::WithParamInterface<const char*> {};

TEST_P(TorchDamage, IsNeverMoreThanAnError) {
  const std::string valid = slurp(kGolden / "torch_model" / GetParam());
  const auto load = [&](const std::string& bytes) {
    try {
      const TorchFile file = open(bytes);
      for (const TensorInfo& tensor : file.tensors()) {
        if (tensor.elements() <= 2 * file.stored_elements()) (void)bytes_of(file, tensor);
      }
    } catch (const ModelError& error) {
      RC_ASSERT(std::string(error.what()).find('\n') == std::string::npos);
      return false;
    }
    return true;
  };
  EXPECT_TRUE(load(valid));
  EXPECT_TRUE(rc::check("cut off anywhere", [&] {
    RC_ASSERT(!load(valid.substr(0, *rc::gen::inRange<size_t>(0, valid.size()))));
  }));
  EXPECT_TRUE(rc::check("bytes changed, inserted and removed", [&] {
    std::string bytes = valid;
    for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
      const auto at = *rc::gen::inRange<size_t>(0, bytes.size());
      const auto byte = *rc::gen::arbitrary<char>();
      switch (*rc::gen::inRange(0, 3)) {
        case 0:
          bytes[at] = byte;
          break;
        case 1:
          bytes.insert(at, 1, byte);
          break;
        default:
          bytes.erase(at, 1);
      }
    }
    load(bytes);
  }));
}

INSTANTIATE_TEST_SUITE_P(Containers, TorchDamage,
                         testing::Values("pytorch_model.bin", "pytorch_model_legacy.bin"),
                         [](const auto& param) { return fs::path(param.param).stem().string(); });

TEST(TorchWeights, AreFoundAfterSafetensors) {
  TemporaryFolder folder;
  const fs::path golden = kGolden / "torch_model";
  folder.write("pytorch_model.bin.index.json",
               R"({"weight_map":{"classifier.bias":"a.bin","classifier.weight":"b.bin"}})");
  for (const char* shard : {"a.bin", "b.bin"})
    fs::copy_file(golden / "pytorch_model_legacy.bin", folder / shard);
  const auto shards = WeightFiles::open(folder.path());
  EXPECT_EQ(shards.names().size(), 2u);
  EXPECT_EQ(shards.warnings().size(), 2u);
  fs::copy_file(golden / "pytorch_model.bin", folder / "pytorch_model.bin");
  EXPECT_EQ(WeightFiles::open(folder.path()).names().size(), 25u);
  folder.write("model.safetensors", "damaged");
  EXPECT_THAT(failure_of([&] { WeightFiles::open(folder.path()); }).message,
              HasSubstr("model.safetensors: header too small"));
}

}  // namespace
}  // namespace hone
