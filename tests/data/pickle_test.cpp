#include "data/torch/pickle.h"

#include <gmock/gmock.h>

#include <rapidcheck.h>

#include <set>

#include "tests/data/pickle_bytes.h"
#include "tests/data/temporary_folder.h"

namespace hone {
namespace {

using namespace test;
using testing::HasSubstr;
using namespace std::string_literals;
using Kind = PickleKind;

Pickle parse(const std::string& bytes) { return Pickle::parse(bytes, "file"); }
Pickle run(const std::string& program) { return parse(protocol2(program)); }

void refuses(const std::string& bytes, const std::string& message) {
  const auto failure = failure_of([&] { parse(bytes); });
  EXPECT_THAT(failure.message, HasSubstr("file: " + message));
  EXPECT_EQ(failure.kind, ErrorKind::model);
}
void refuses_program(const std::string& program, const std::string& message) {
  refuses(protocol2(program), message);
}

std::string repeated(const std::string& part, size_t count) {
  std::string out;
  out.reserve(part.size() * count);
  for (size_t i = 0; i < count; ++i) out += part;
  return out;
}

int64_t integer_of(const std::string& program) {
  const Pickle pickle = run(program);
  EXPECT_EQ(pickle.root().kind, Kind::integer) << name_of(pickle.root().kind);
  return pickle.root().number;
}

TEST(PickleValues, Scalars) {
  EXPECT_EQ(run("N").root().kind, Kind::none);
  EXPECT_EQ(run("\x88").root().number, 1);
  EXPECT_EQ(run("\x89").root().number, 0);
  EXPECT_EQ(run("\x89").root().kind, Kind::boolean);
  EXPECT_EQ(integer_of("J\xff\xff\xff\xff"), -1);
  EXPECT_EQ(integer_of("K\xff"), 255);
  EXPECT_EQ(integer_of("M\x01\xff"), 0xFF01);
  EXPECT_EQ(run("G" + std::string(8, '\0')).root().kind, Kind::real);
  const Pickle text = run(text_op("h\u00e9"));
  EXPECT_EQ(text.text(text.root()), "h\u00e9");
  const Pickle ascii = run("U\3abc");
  EXPECT_EQ(ascii.text(ascii.root()), "abc");
}

TEST(PickleValues, LongIntegers) {
  EXPECT_EQ(integer_of("\x8a\0"s), 0);
  EXPECT_EQ(integer_of("\x8a\1\xff"s), -1);
  EXPECT_EQ(integer_of("\x8a\2\xff\0"s), 255);
  EXPECT_EQ(integer_of("\x8a\x08" + le(int64_t{1} << 62)), int64_t{1} << 62);
  EXPECT_EQ(integer_of("\x8a\x09" + le(INT64_MAX) + "\0"s), INT64_MAX);
  EXPECT_EQ(integer_of("\x8a\x09" + le(INT64_MIN) + "\xff"s), INT64_MIN);
  EXPECT_EQ(run("\x8a\x09" + le(INT64_MIN) + "\0"s).root().kind, Kind::big_integer);
  EXPECT_EQ(run("\x8a\x10" + std::string(16, '\x7f')).root().kind, Kind::big_integer);
  refuses_program("\x8a\x11" + std::string(17, '\0'),
                  "an integer of 17 bytes, at most 16 are read, at byte 2");
}

TEST(PickleValues, Containers) {
  const Pickle pickle =
      run(dict_op(text_op("a") + tuple_op("K\1K\2") + text_op("b") + "](K\3K\4e" + text_op("c") + "]K\5a" +
                  text_op("d") + "}K\6K\7s" + text_op("e") + ")" + text_op("f") + "K\1\x85" + text_op("g") +
                  "K\1K\2\x86" + text_op("h") + "K\1K\2K\3\x87"));
  const auto items = pickle.items(pickle.root());
  ASSERT_EQ(items.size(), 16u);
  const size_t sizes[] = {2, 2, 1, 2, 0, 1, 2, 3};
  for (size_t i = 0; i < 8; ++i) EXPECT_EQ(pickle.items(items[2 * i + 1]).size(), sizes[i]) << i;
  EXPECT_EQ(pickle.items(items[3])[1].number, 4);
  EXPECT_TRUE(pickle.items(items[0]).empty());
}

TEST(PickleValues, TheMemo) {
  const Pickle pickle = run(tuple_op("K\5q\0K\6r\0\1\0\0h\0j\0\1\0\0"s));
  const auto items = pickle.items(pickle.root());
  ASSERT_EQ(items.size(), 4u);
  EXPECT_EQ(items[2].number, 5);
  EXPECT_EQ(items[3].number, 6);
  refuses_program("h\0"s, "memo 0 is empty at byte 2");
  refuses_program("q\0"s, "not enough values on the stack at byte 2");
}

TEST(PickleValues, ReadsOnlyItsOwnBytes) {
  const Pickle pickle = parse(protocol2("K\1") + "rest");
  EXPECT_EQ(pickle.size(), 5u);
  std::string source = protocol2(text_op(std::string(1000, 'x')));
  const Pickle in_pieces = Pickle::parse("", "file", 0, [&](std::string& bytes) {
    const std::string piece = source.substr(0, 7);
    source.erase(0, piece.size());
    bytes += piece;
    return !piece.empty();
  });
  EXPECT_EQ(in_pieces.text(in_pieces.root()), std::string(1000, 'x'));
}

TEST(PickleCalls, AreNotedAndNotExecuted) {
  const Pickle pickle = run(tensor_op({.storage = storage_op("7", 6)}));
  EXPECT_EQ(pickle.root().kind, Kind::call);
  EXPECT_EQ(pickle.root().global, PickleGlobal::rebuild_tensor);
  const auto arguments = pickle.items(pickle.root());
  ASSERT_EQ(arguments.size(), 6u);
  EXPECT_EQ(arguments[0].kind, Kind::persistent);
  EXPECT_EQ(pickle.items(arguments[0]).size(), 5u);
  EXPECT_EQ(pickle.persistent().size(), 1u);
  EXPECT_EQ(arguments[5].kind, Kind::ordered_dict);
}

TEST(PickleCalls, OrderedDictAndSize) {
  const std::string ordered = global_op("collections", "OrderedDict");
  const Pickle python2 = run(call_op(ordered, "](](U\1aK\1e](U\1bK\2ee"));
  EXPECT_EQ(python2.items(python2.root()).size(), 4u);
  const Pickle built = run(kOrderedDictOp + "}" + text_op("_metadata") + kOrderedDictOp + "sb");
  EXPECT_EQ(built.root().kind, Kind::ordered_dict);
  EXPECT_TRUE(built.items(built.root()).empty());
  EXPECT_EQ(run(call_op(global_op("torch", "Size"), tuple_op("K\1K\2"))).root().kind, Kind::tuple);
  refuses_program(call_op(ordered, "K\1"), "an OrderedDict of something else than a list");
  refuses_program(call_op(ordered, "](K\1e"), "an OrderedDict of something else than pairs");
  refuses_program(call_op(global_op("torch", "Size"), "K\1"), "a torch.Size of something else than a tuple");
}

TEST(PickleRefuses, EveryOtherOpcodeByName) {
  const std::set<int> accepted = {0x80, 0x2e, 0x28, 0x4e, 0x88, 0x89, 0x4a, 0x4b, 0x4d, 0x8a, 0x47,
                                  0x58, 0x55, 0x29, 0x74, 0x85, 0x86, 0x87, 0x5d, 0x61, 0x65, 0x7d,
                                  0x73, 0x75, 0x71, 0x72, 0x68, 0x6a, 0x63, 0x52, 0x62, 0x51};
  for (int opcode = 0; opcode < 256; ++opcode) {
    const std::string program = "K\1K\2"s + static_cast<char>(opcode);
    if (accepted.contains(opcode)) {
      try {
        run(program + std::string(20, '\0'));
      } catch (const ModelError& error) {
        EXPECT_THAT(error.what(), testing::Not(testing::AllOf(HasSubstr("refused opcode"),
                                                              testing::EndsWith(" at byte 6"))))
            << opcode;
      }
    } else {
      refuses(protocol2(program), "refused opcode ");
    }
  }
  const std::pair<int, const char*> names[] = {
      {'i', "INST (0x69)"},          {'o', "OBJ (0x6f)"},   {0x81, "NEWOBJ (0x81)"},
      {0x93, "STACK_GLOBAL (0x93)"}, {0x82, "EXT1 (0x82)"}, {0x92, "NEWOBJ_EX (0x92)"},
      {'P', "PERSID (0x50)"},        {'2', "DUP (0x32)"},   {0xff, "0xff"}};
  for (const auto& [opcode, name] : names)
    refuses_program(std::string(1, static_cast<char>(opcode)), "refused opcode "s + name + " at byte 2");
}

TEST(PickleRefuses, EveryOtherGlobalByName) {
  refuses_program(repeated("K\1", 405) + call_op(global_op("os", "system"), text_op("true")),
                  "refused global os.system at byte 812");
  for (const char* name : {"eval", "exec", "getattr", "open"})
    refuses_program(global_op("builtins", name), "refused global builtins."s + name + " at byte 2");
  for (const char* name :
       {"_rebuild_tensor", "_rebuild_tensor_v3", "_rebuild_parameter_with_state", "_load_global_deps"})
    refuses_program(global_op("torch._utils", name), "refused global torch._utils."s + name);
  refuses_program(global_op("torch.storage", "UntypedStorage"),
                  "refused global torch.storage.UntypedStorage");
  refuses_program(global_op("torch", "FloatStorage.x"), "refused global torch.FloatStorage.x");
  refuses_program(global_op("", ""), "refused global . at byte 2");
  refuses_program(global_op("os\x01\x1b[31m", "x"), "refused global os\\u0001\\u001b[31m.x at byte 2");
  refuses_program("c" + std::string(70'000, 'x'), "a name of more than 65536 bytes");
  refuses(
      "\x80\x02"
      "cos\nsyst",
      "the pickle is cut off at byte 2");
  EXPECT_THAT(failure_of([] { Pickle::parse(protocol2(global_op("os", "system")), "f", 1000); }).message,
              HasSubstr("at byte 1002"));
}

TEST(PickleRefuses, CallsOfWhatIsNoFunction) {
  refuses_program(call_op("K\1", ""), "refused call of an integer");
  refuses_program(call_op(text_op("os.system"), ""), "refused call of a string");
  refuses_program(call_op(global_op("torch", "FloatStorage"), ""), "refused call of a storage class");
  refuses_program(call_op(kOrderedDictOp, ""), "refused call of an OrderedDict");
  refuses_program(global_op("torch", "Size") + "]R", "a call with a list for arguments");
  refuses_program("}}b", "expected an OrderedDict for BUILD, found a dict, at byte");
  refuses_program(tensor_op({.storage = "N"}) + "}b", "expected an OrderedDict for BUILD, found an object");
  refuses_program(kOrderedDictOp + ")b", "refused BUILD with a tuple");
  refuses_program("NQ", "a persistent id that is None, expected a tuple, at byte 3");
  refuses_program(text_op("storage") + "Q", "a persistent id that is a string");
}

TEST(PickleRefuses, AMisusedStack) {
  for (const char* program :
       {"R", "K\1R", "b", "Q", "a", "]a", "s", "}s", "}K\1s", "\x85", "K\1\x86", "(\x85", "K\1(Q", "K\1(q\1"})
    refuses_program(program, "not enough values on the stack");
  for (const char* program : {"t", "e", "u", "]K\1e"}) refuses_program(program, "no mark on the stack");
  refuses_program("}(K\1u", "a key without a value");
  refuses_program("}K\1a", "expected a list, found a dict, at byte 5");
  refuses_program("]K\1K\1s", "expected a dict, found a list, at byte 7");
  refuses_program("}]K\1s", "a dict with a list as key");
  refuses_program("K\1K\1", "ends with 2 values on the stack, expected one");
  refuses_program("", "ends with 0 values");
  refuses_program("K\1(", "ends with 1 values on the stack, expected one");
}

TEST(PickleRefuses, OtherProtocolsAndBadStrings) {
  for (const char version : {0, 1, 3, 4, 5}) {
    refuses("\x80"s + version + "N.",
            "pickle protocol " + std::to_string(version) + ", expected 2, at byte 0");
  }
  refuses_program(text_op("\xff"), "a string is not UTF-8");
  refuses_program(text_op("\xed\xa0\x80"), "a string is not UTF-8");
  refuses_program("U\1\x80", "a string is not ASCII");
  refuses_program(text_op(std::string(65'537, 'x')), "a string of 65537 bytes");
  EXPECT_NO_THROW(run(text_op(std::string(65'536, 'x'))));
  refuses_program("X\xff\xff\xff\xff", "a string of 4294967295 bytes");
}

TEST(PickleBounds, StackMemoContainersAndNesting) {
  constexpr size_t kMost = 1 << 20;
  refuses_program(repeated("N", kMost + 1), "more than 2^20 values on the stack");
  std::string memo = "N";
  for (uint32_t i = 0; i <= kMost; ++i) memo += "r" + le(i);
  refuses_program(memo, "more than 2^20 values in the memo");
  EXPECT_NO_THROW(run("Nr\xff\xff\xff\xff"));
  refuses_program("]" + repeated("Na", kMost + 1), "more than 2^20 items in a container");
  EXPECT_NO_THROW(run("]" + repeated("Na", kMost)));
  refuses_program("}" + repeated("NNs", kMost + 1), "more than 2^20 items in a container");
  refuses_program(repeated("(", 101), "nested deeper than 100");
  EXPECT_NO_THROW(run(repeated("(", 100) + repeated("t", 100)));
  refuses_program("N" + repeated("\x85", 101), "nested deeper than 100");
  EXPECT_NO_THROW(run("N" + repeated("\x85", 100)));
  refuses_program(repeated("]", 120) + repeated("a", 119), "nested deeper than 100");
}

TEST(PickleBounds, TotalSizes) {
  refuses(protocol2(repeated(text_op(std::string(65'536, 'x')), 1100)), "a pickle of more than 64 MiB");
  // A row of 1,000 values, repeated: all containers together may hold 2^25 values.
  std::string rows = "]";
  for (int i = 0; i < 33'600; ++i) rows += "](" + repeated("N", 1000) + "ea";
  refuses_program(rows, "more than 2^25 items in all containers");
  std::string tensors = global_op("torch._utils", "_rebuild_tensor_v2") + "q\0)q\1]q\2"s;
  refuses_program(tensors + repeated("h\0h\1Ra"s, (1 << 20) + 1), "more than 2^20");
}

TEST(PickleBounds, ListsThatContainThemselvesNeitherLeakNorLoop) {
  const Pickle self = run("]q\0h\0a"s);
  EXPECT_EQ(self.items(self.root()).size(), 1u);
  EXPECT_EQ(self.items(self.root())[0].number, self.root().number);
  const Pickle mutual = run("]q\0]q\1h\0aa"s);
  EXPECT_EQ(mutual.items(mutual.items(mutual.root())[0])[0].number, mutual.root().number);
  EXPECT_NO_THROW(run("}q\0Nh\0s"s));
}

TEST(PickleDamage, IsNeverMoreThanAnError) {
  const std::string valid = protocol2(kOrderedDictOp + put_op(1) + "(" + text_op("weight") +
                                      tensor_op({.storage = storage_op("0", 6)}) + text_op("list") +
                                      "]q\x02h\x02"
                                      "a" +
                                      text_op("big") + "\x8a\x09" + std::string(9, '1') + "u}" +
                                      text_op("_metadata") + kOrderedDictOp + "sb");
  EXPECT_NO_THROW(parse(valid));
  for (size_t size = 0; size < valid.size(); ++size)
    EXPECT_THROW(parse(valid.substr(0, size)), ModelError) << size;
  EXPECT_TRUE(rc::check("bytes changed, inserted and removed", [&] {
    std::string bytes = valid;
    for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
      const auto at = *rc::gen::inRange<size_t>(0, bytes.size());
      const auto byte = *rc::gen::oneOf(rc::gen::arbitrary<char>(),
                                        rc::gen::element('(', 't', 'R', 'b', 'Q', 'a', 'u', 's', '}', ']'));
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
    try {
      parse(bytes);
    } catch (const ModelError&) {
    }
  }));
}

}  // namespace
}  // namespace hone
