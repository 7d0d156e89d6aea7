#include "data/tokenizer/tokenizer_files.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <sstream>

#include "data/tokenizer/vocabulary_file.h"
#include "tests/data/temporary_folder.h"
#include "tests/support/real_data.h"

namespace hone {
namespace {

using test::failure_of;
using test::TemporaryFolder;
using testing::HasSubstr;

const std::string kVocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\n\u00e9\n";

// A tokenizer.json as the tokenizers library writes it, in pieces that tests replace.
struct JsonFile {
  std::string added = R"({"id":2,"content":"[CLS]","single_word":false,"lstrip":false,"rstrip":false})";
  std::string normalizer =
      R"({"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true})";
  std::string pre_tokenizer = R"({"type":"BertPreTokenizer"})";
  std::string post_processor = R"({"type":"TemplateProcessing",
    "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
              {"SpecialToken":{"id":"[SEP]","type_id":0}}],
    "pair":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
            {"SpecialToken":{"id":"[SEP]","type_id":0}},{"Sequence":{"id":"B","type_id":1}},
            {"SpecialToken":{"id":"[SEP]","type_id":1}}],
    "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[2],"tokens":["[CLS]"]},
                      "[SEP]":{"id":"[SEP]","ids":[3],"tokens":["[SEP]"]}}})";
  std::string model = R"("type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",
    "max_input_chars_per_word":100)";
  std::string vocab = R"("[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"[MASK]":4,"a":5,"##b":6,"\u00e9":7)";

  std::string text() const {
    return R"({"version":"1.0","truncation":{"max_length":128},"padding":{"strategy":{"Fixed":128}},
      "added_tokens":[)" +
           added + R"(],"normalizer":)" + normalizer + R"(,"pre_tokenizer":)" + pre_tokenizer +
           R"(,"post_processor":)" + post_processor + R"(,"decoder":{"type":"WordPiece"},"model":{)" + model +
           R"(,"vocab":{)" + vocab + "}}}";
  }
};

void expect_json_refused(const JsonFile& file, const std::string& message) {
  const TemporaryFolder folder;
  folder.write("tokenizer.json", file.text());
  const auto failure = failure_of([&] { load_tokenizer(folder.path()); });
  EXPECT_EQ(failure.kind, ErrorKind::model);
  EXPECT_THAT(failure.message, HasSubstr("tokenizer.json"));
  EXPECT_THAT(failure.message, HasSubstr(message));
}

// The error message for a folder with the vocabulary and one more file.
void expect_refused(const std::string& name, const std::string& text, const std::string& message) {
  const TemporaryFolder folder;
  folder.write("vocab.txt", kVocab);
  folder.write(name, text);
  const auto failure = failure_of([&] { load_tokenizer(folder.path()); });
  EXPECT_EQ(failure.kind, ErrorKind::model) << text;
  EXPECT_THAT(failure.message, HasSubstr(message)) << text;
}

LoadedTokenizer with_config(const std::string& config) {
  const TemporaryFolder folder;
  folder.write("vocab.txt", kVocab);
  folder.write("tokenizer_config.json", config);
  return load_tokenizer(folder.path());
}

TEST(VocabularyFile, LinesEndAtLfCrLfAndCrOnly) {
  EXPECT_EQ(parse_vocabulary("a \nb\r\nc\rd\ve\ff\u0085g\u2028\n\n\r\rh"),
            (std::vector<std::string>{"a ", "b", "c", "d\ve\ff\u0085g\u2028", "", "", "", "h"}));
  for (const char* more : {"", "\n", "\n\n\n", "\r\n\r\n", "\r\r"}) {
    EXPECT_EQ(parse_vocabulary("\na\n\nb\n" + std::string(more)),
              (std::vector<std::string>{"", "a", "", "b"}));
  }
  EXPECT_TRUE(parse_vocabulary("\n\n").empty());
  EXPECT_EQ(parse_vocabulary("a\n").size(), 1u);
  EXPECT_EQ(parse_vocabulary("").size(), 0u);
}

TEST(TokenizerFiles, VocabularyAlone) {
  const TemporaryFolder folder;
  const auto loaded = load_vocabulary(folder.write("v.txt", kVocab), {});
  EXPECT_EQ(loaded.tokenizer.tokenize("AB"), (std::vector<int32_t>{5, 6}));
  EXPECT_EQ(loaded.model_max_length, 0);
  EXPECT_TRUE(loaded.uses_token_types);
  EXPECT_EQ(loaded.vocabulary_bytes, kVocab);
  EXPECT_TRUE(loaded.warnings.empty());
}

TEST(TokenizerFiles, AnUnusableVocabularyIsRefused) {
  const TemporaryFolder folder;
  const auto refusal = [&](const std::string& bytes) {
    const auto failure = failure_of([&] { load_vocabulary(folder.write("v.txt", bytes), {}); });
    EXPECT_EQ(failure.kind, ErrorKind::model);
    return failure.message;
  };
  EXPECT_THAT(refusal(""), HasSubstr("v.txt: vocabulary: the special token [PAD] is missing among 0 tokens"));
  EXPECT_THAT(refusal("[PAD]\n[UNK]\n[CLS]\n[SEP]\n"), HasSubstr("[MASK] is missing"));
  EXPECT_THAT(refusal("x\n\xEF\xBB\xBF" + kVocab), HasSubstr("[PAD] is missing"));
  EXPECT_THAT(refusal(kVocab + "\xff\n"), HasSubstr("token 8 is not valid UTF-8"));
  EXPECT_EQ(failure_of([&] { load_vocabulary(folder / "none", {}); }).kind, ErrorKind::model);
  EXPECT_EQ(failure_of([&] { load_vocabulary(folder.path(), {}); }).kind, ErrorKind::model);
}

TEST(TokenizerFiles, RepeatedTokensAndABomAreWarnedOf) {
  const TemporaryFolder folder;
  const auto repeated = load_vocabulary(folder.write("v.txt", kVocab + "a\n"), {});
  EXPECT_THAT(repeated.warnings, testing::ElementsAre(HasSubstr("1 repeated tokens")));
  EXPECT_EQ(repeated.tokenizer.tokenize("a"), (std::vector<int32_t>{8}));
  const auto marked = load_vocabulary(folder.write("v.txt", "\xEF\xBB\xBFx\r\n" + kVocab), {});
  EXPECT_THAT(marked.warnings, testing::ElementsAre(HasSubstr("byte order mark")));
  EXPECT_EQ(marked.tokenizer.vocabulary().token(0), "\xEF\xBB\xBFx");
  const auto padded = load_vocabulary(folder.write("v.txt", "\xEF\xBB\xBF" + kVocab), {});
  EXPECT_THAT(padded.warnings, testing::ElementsAre(HasSubstr("left out: the first token is [PAD]")));
  EXPECT_EQ(padded.tokenizer.vocabulary().id(SpecialToken::pad), 0);
  EXPECT_EQ(padded.vocabulary_bytes, "\xEF\xBB\xBF" + kVocab);
}

TEST(TokenizerFiles, EntriesThatEndInABlankAreWarnedOf) {
  const TemporaryFolder folder;
  for (const char* entry : {"x ", " x", "x\t", "\u00a0x "}) {
    const auto loaded = load_vocabulary(folder.write("v.txt", kVocab + entry + "\n"), {});
    EXPECT_THAT(loaded.warnings, testing::ElementsAre(HasSubstr("1 entries begin or end with a blank")))
        << entry;
  }
}

TEST(TokenizerFiles, DefaultsWithoutAConfig) {
  const TemporaryFolder folder;
  folder.write("vocab.txt", kVocab);
  const auto loaded = load_tokenizer(folder.path());
  EXPECT_TRUE(loaded.options.lower_case);
  EXPECT_EQ(loaded.options.strip_accents, std::nullopt);
  EXPECT_TRUE(loaded.options.tokenize_chinese_chars);
  EXPECT_EQ(loaded.model_max_length, 0);
}

TEST(TokenizerFiles, TheConfigsSettingsAreUsed) {
  const auto loaded = with_config(
      R"({"do_lower_case":false,"strip_accents":true,"tokenize_chinese_chars":false,"model_max_length":512,
          "tokenizer_class":"DistilBertTokenizerFast","model_input_names":["input_ids","attention_mask"],
          "unk_token":"[UNK]","never_split":null,"additional_special_tokens":[],"extra_special_tokens":{},
          "mask_token":{"content":"[MASK]","lstrip":false,"__type":"AddedToken"},
          "added_tokens_decoder":{"4":{"content":"[MASK]","special":true}}})");
  EXPECT_FALSE(loaded.options.lower_case);
  EXPECT_EQ(loaded.options.strip_accents, true);
  EXPECT_FALSE(loaded.options.tokenize_chinese_chars);
  EXPECT_EQ(loaded.model_max_length, 512);
  EXPECT_FALSE(loaded.uses_token_types);
  EXPECT_FALSE(loaded.tokenizer.options().lower_case);
}

TEST(TokenizerFiles, AnImmenseMaximumMeansNone) {
  EXPECT_EQ(with_config(R"({"model_max_length":1000000000000000019884624838656})").model_max_length, 0);
  EXPECT_EQ(with_config(R"({"model_max_length":1e30})").model_max_length, 0);
  EXPECT_EQ(with_config(R"({"model_max_length":null})").model_max_length, 0);
  EXPECT_TRUE(with_config(R"({"model_input_names":["input_ids","token_type_ids"]})").uses_token_types);
}

TEST(TokenizerFiles, UnsupportedSettingsAreRefusedByName) {
  const auto refused = [](const std::string& text, const std::string& message) {
    expect_refused("tokenizer_config.json", text, message);
  };
  refused(R"({"do_basic_tokenize":false})", "do_basic_tokenize");
  refused(R"({"never_split":["x"]})", "never_split");
  refused(R"({"truncation_side":"left"})", "truncation_side");
  refused(R"({"split_special_tokens":true})", "split_special_tokens");
  refused(R"({"tokenizer_class":"RobertaTokenizer"})", "RobertaTokenizer");
  refused(R"({"unk_token":"<unk>"})", "<unk>");
  refused(R"({"cls_token":{"content":"<s>"}})", "<s>");
  refused(R"({"mask_token":{"content":"[MASK]","single_word":true}})", "single_word");
  refused(R"({"additional_special_tokens":["<x>"]})", "<x>");
  refused(R"({"extra_special_tokens":{"image":"<img>"}})", "<img>");
  refused(R"({"added_tokens_decoder":{"8":{"content":"<x>"}}})", "<x>");
  refused(R"({"added_tokens_decoder":{"5":{"content":"[MASK]"}}})",
          "[MASK] has id 5, in the vocabulary it is 4");
  refused(R"({"model_max_length":0})", "model_max_length");
  refused(R"({"model_max_length":"512"})", "model_max_length");
  refused(R"({"do_lower_case":1})", "do_lower_case");
  refused(R"({"do_lower_case":true,"do_lower_case":true})", "do_lower_case");
  refused("[]", "tokenizer_config.json");
  refused("{", "tokenizer_config.json");
  refused("", "tokenizer_config.json");
  expect_refused("special_tokens_map.json", R"({"sep_token":"</s>"})", "</s>");
  expect_refused("special_tokens_map.json", R"({"additional_special_tokens":["<x>"]})", "<x>");
  expect_refused("added_tokens.json", R"({"<x>":8})", "<x>");
}

TEST(TokenizerFiles, JsonAloneRebuildsTheVocabulary) {
  const TemporaryFolder folder;
  const auto text = JsonFile().text();
  folder.write("tokenizer.json", text);
  folder.write("tokenizer_config.json", R"({"tokenizer_class":"TokenizersBackend"})");
  const auto loaded = load_tokenizer(folder.path());
  EXPECT_EQ(loaded.vocabulary_bytes, kVocab);
  EXPECT_EQ(loaded.tokenizer_json_bytes, text);
  EXPECT_EQ(loaded.tokenizer.tokenize("AB"), (std::vector<int32_t>{5, 6}));
}

TEST(TokenizerFiles, BertProcessingAndAnIdWithoutTokenAreAccepted) {
  const TemporaryFolder folder;
  JsonFile file{.post_processor = R"({"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]})"};
  file.vocab += R"(,"c":9)";
  folder.write("tokenizer.json", file.text());
  const auto loaded = load_tokenizer(folder.path());
  EXPECT_EQ(loaded.vocabulary_bytes, kVocab + "\nc\n");
  folder.write("vocab.txt", kVocab + "c\nc\n");  // the same vocabulary, with a repeated token
  EXPECT_EQ(load_tokenizer(folder.path()).tokenizer.tokenize("c"), (std::vector<int32_t>{9}));
}

// Which file decides is compared with transformers in tests/train/folders_test.cpp; here are the lines that
// say so.
TEST(TokenizerFiles, SettingsThatAreNotFollowedAreSaid) {
  const TemporaryFolder folder;
  JsonFile file;
  file.normalizer =
      R"({"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":false,"strip_accents":true,
                        "lowercase":false})";
  folder.write("tokenizer.json", file.text());
  const auto load_with = [&](const char* config) {
    folder.write("tokenizer_config.json", config);
    return load_tokenizer(folder.path());
  };
  auto loaded = load_with("{}");
  EXPECT_TRUE(loaded.options.lower_case);
  EXPECT_EQ(loaded.options.strip_accents, std::nullopt);
  EXPECT_TRUE(loaded.options.tokenize_chinese_chars);
  EXPECT_THAT(loaded.warnings,
              testing::ElementsAre(
                  "tokenizer.json has lowercase false, but BertTokenizer goes by tokenizer_config.json: "
                  "do_lower_case true holds, its default",
                  HasSubstr("handle_chinese_chars false")));
  loaded = load_with(R"({"do_lower_case":false,"strip_accents":true,"tokenize_chinese_chars":false})");
  EXPECT_FALSE(loaded.options.lower_case);
  EXPECT_TRUE(loaded.warnings.empty());
  loaded =
      load_with(R"({"tokenizer_class":"PreTrainedTokenizerFast","do_lower_case":true,"strip_accents":true})");
  EXPECT_FALSE(loaded.options.lower_case);
  EXPECT_EQ(loaded.options.strip_accents, true);
  EXPECT_THAT(loaded.warnings,
              testing::ElementsAre(
                  "tokenizer_config.json has do_lower_case true, but PreTrainedTokenizerFast goes by "
                  "tokenizer.json alone: lowercase false holds"));
  loaded = load_with(R"({"tokenizer_class":"RobertaTokenizerFast"})");
  EXPECT_FALSE(loaded.options.lower_case);
  EXPECT_THAT(loaded.warnings, testing::ElementsAre(HasSubstr("\"RobertaTokenizerFast\" is not BERT's")));
}

TEST(TokenizerFiles, ANullIsTheDefaultAndSaid) {
  const auto loaded =
      with_config(R"({"do_lower_case":null,"tokenize_chinese_chars":null,"strip_accents":null})");
  EXPECT_TRUE(loaded.options.lower_case);
  EXPECT_TRUE(loaded.options.tokenize_chinese_chars);
  EXPECT_THAT(loaded.warnings, testing::ElementsAre(HasSubstr("key \"do_lower_case\" is null"),
                                                    HasSubstr("key \"tokenize_chinese_chars\" is null")));
}

TEST(TokenizerFiles, OldAndOddLengthsAreRead) {
  EXPECT_EQ(with_config(R"({"max_len":16})").model_max_length, 16);
  EXPECT_EQ(with_config(R"({"max_len":16,"model_max_length":12})").model_max_length, 12);
  EXPECT_EQ(with_config(R"({"max_len":16,"model_max_length":null})").model_max_length, 0);
  EXPECT_EQ(with_config(R"({"model_max_length":512.0})").model_max_length, 512);
  expect_refused("tokenizer_config.json", R"({"max_len":0})", "max_len");
  expect_refused("tokenizer_config.json", R"({"model_max_length":1.5})", "model_max_length");
}

TEST(TokenizerFiles, TheClassDecidesOnTokenTypesThatAreNotGiven) {
  EXPECT_TRUE(with_config("{}").uses_token_types);
  EXPECT_TRUE(with_config(R"({"tokenizer_class":"BertTokenizerFast"})").uses_token_types);
  EXPECT_FALSE(with_config(R"({"tokenizer_class":"DistilBertTokenizer"})").uses_token_types);
  EXPECT_TRUE(
      with_config(R"({"tokenizer_class":"DistilBertTokenizer","model_input_names":["token_type_ids"]})")
          .uses_token_types);
}

// A vocabulary of `count` entries made of each of these texts and a number in letters.
std::string large_vocabulary(const std::vector<std::string>& texts, int count) {
  std::string vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n[unusedA]\n";
  for (const std::string& text : texts) {
    for (int i = 0; i < count; ++i) {
      vocabulary += text;
      for (int rest = i; rest > 0; rest /= 26) vocabulary += static_cast<char>('a' + rest % 26);
      vocabulary += '\n';
    }
  }
  return vocabulary;
}

TEST(TokenizerFiles, AVocabularyThatDoesNotFitTheSettingsIsWarnedOf) {
  const TemporaryFolder folder;
  const auto warnings = [&](const std::vector<std::string>& texts, int count, TokenizerOptions options) {
    return load_vocabulary(folder.write("v.txt", large_vocabulary(texts, count)), options).warnings;
  };
  const TokenizerOptions lower, cased{.lower_case = false}, keeps{.lower_case = true, .strip_accents = false},
      joins{.tokenize_chinese_chars = false};
  EXPECT_THAT(
      warnings({"x", "X"}, 2000, lower),
      testing::ElementsAre(HasSubstr("2000 of 4000 entries have capitals, but texts are lower-cased")));
  EXPECT_THAT(warnings({"##x", "##\u00c9"}, 2000, keeps), testing::ElementsAre(HasSubstr("have capitals")));
  EXPECT_THAT(warnings({"x", "X"}, 150, lower), testing::ElementsAre(HasSubstr("150 of")));
  EXPECT_THAT(warnings({"x", "\u00e9"}, 2000, lower), testing::ElementsAre(HasSubstr("have accents")));
  EXPECT_THAT(warnings({"x", "\u4e2d"}, 2000, lower), testing::ElementsAre(HasSubstr("have ideographs")));
  EXPECT_THAT(warnings({"x"}, 2000, cased), testing::ElementsAre(HasSubstr("no entry has capitals")));
  EXPECT_THAT(warnings({"x", "X"}, 2000, cased), testing::IsEmpty());
  EXPECT_THAT(warnings({"x", "\u00e9"}, 2000, keeps), testing::IsEmpty());
  EXPECT_THAT(warnings({"x", "\u4e2d"}, 2000, joins), testing::IsEmpty());
  EXPECT_THAT(warnings({"x"}, 2000, lower), testing::IsEmpty());
  EXPECT_THAT(warnings({"x", "X"}, 20, lower), testing::IsEmpty());
}

// The advice names the file that the class goes by.
TEST(TokenizerFiles, TheAdviceIsForTheFileThatDecides) {
  struct Case {
    const char *text, *normalizer, *by_json, *by_class;
  };
  const Case cases[] = {
      {"X", R"("lowercase":true)", "normalizer.lowercase false", "do_lower_case false"},
      {"\u00e9", R"("lowercase":true)", "normalizer.strip_accents false", "strip_accents false"},
      {"\u4e2d", R"("lowercase":true)", "normalizer.handle_chinese_chars false",
       "tokenize_chinese_chars false"},
      {"x", R"("lowercase":false)", "normalizer.lowercase true", "do_lower_case true"}};
  for (const Case& one : cases) {
    const TemporaryFolder folder;
    const std::string vocabulary = large_vocabulary({"##x", one.text}, 2000);
    folder.write("vocab.txt", vocabulary);
    std::string json;
    int id = 0;
    std::istringstream lines(vocabulary);
    for (std::string line; std::getline(lines, line); ++id)
      json += (id == 0 ? "\"" : ",\"") + line + "\":" + std::to_string(id);
    const std::string normalizer = std::string(R"({"type":"BertNormalizer",)") + one.normalizer + "}";
    folder.write("tokenizer.json", JsonFile{.normalizer = normalizer, .vocab = json}.text());
    const auto advice = [&](const std::string& name) {
      const bool lowers = std::string(one.normalizer).ends_with("true");
      folder.write("tokenizer_config.json", R"({"do_lower_case":)" + std::string(lowers ? "true" : "false") +
                                                R"(,"tokenizer_class":")" + name + "\"}");
      return load_tokenizer(folder.path()).warnings;
    };
    EXPECT_THAT(advice("BertTokenizer"),
                testing::Contains(HasSubstr(std::string(one.by_class) + " in tokenizer_config.json")));
    for (const char* general : {"PreTrainedTokenizerFast", "TokenizersBackend", "MyTokenizer"}) {
      EXPECT_THAT(advice(general),
                  testing::Contains(HasSubstr(std::string(one.by_json) + " in tokenizer.json")));
      EXPECT_THAT(advice(general), testing::Not(testing::Contains(HasSubstr("needs do_lower_case"))));
    }
  }
}

TEST(TokenizerFiles, ClassesThatDivideWordsOtherwiseAreRefusedByName) {
  const TemporaryFolder folder;
  folder.write("tokenizer.json", JsonFile().text());
  for (const auto& [name, program] :
       {std::pair{"BertJapaneseTokenizer", "MeCab"}, std::pair{"RoFormerTokenizer", "rjieba"},
        std::pair{"RoFormerTokenizerFast", "rjieba"}}) {
    folder.write("tokenizer_config.json", R"({"tokenizer_class":")" + std::string(name) + "\"}");
    const auto failure = failure_of([&] { load_tokenizer(folder.path()); });
    EXPECT_EQ(failure.kind, ErrorKind::model);
    EXPECT_THAT(failure.message, testing::AllOf(HasSubstr(name), HasSubstr(program)));
  }
}

TEST(TokenizerFiles, OtherJsonTypesAreRefusedByName) {
  expect_json_refused({.model = R"("type":"BPE")"}, "model.type is \"BPE\"");
  expect_json_refused({.model = R"("unk_token":"<unk>")"}, "model.unk_token is \"<unk>\"");
  expect_json_refused({.model = R"("continuing_subword_prefix":"@")"}, "continuing_subword_prefix");
  expect_json_refused({.model = R"("max_input_chars_per_word":200)"}, "max_input_chars_per_word is 200");
  expect_json_refused({.normalizer = R"({"type":"NFC"})"}, "normalizer.type is \"NFC\"");
  expect_json_refused({.normalizer = "null"}, "normalizer is null");
  expect_json_refused({.normalizer = R"({"type":"BertNormalizer","clean_text":false})"}, "clean_text");
  expect_json_refused({.pre_tokenizer = R"({"type":"Whitespace"})"}, "\"Whitespace\"");
  expect_json_refused({.post_processor = R"({"type":"RobertaProcessing"})"}, "\"RobertaProcessing\"");
  expect_json_refused({.post_processor = "null"}, "post_processor is \"null\"");
  expect_json_refused({.post_processor = R"({"type":"BertProcessing","sep":["[SEP]",9],"cls":["[CLS]",2]})"},
                      "[SEP] has id 9");
  expect_json_refused(
      {.post_processor = R"({"type":"TemplateProcessing","single":[{"Sequence":{"id":"A"}}]})"},
      "post_processor.single is \"A:0\"");
  expect_json_refused({.added = R"({"id":9,"content":"<x>"})"}, "added token \"<x>\"");
  expect_json_refused({.added = R"({"id":2,"content":"[CLS]","single_word":true})"}, "single_word");
  expect_json_refused({.added = R"({"id":3,"content":"[CLS]"})"}, "[CLS] has id 3");
}

TEST(TokenizerFiles, ADamagedJsonVocabularyIsRefused) {
  expect_json_refused({.vocab = R"("[PAD]":0)"}, "[UNK] is missing");
  expect_json_refused({.vocab = R"("a":0,"b":0)"}, "the same id 0");
  expect_json_refused({.vocab = R"("a":-1)"}, "has id -1");
  expect_json_refused({.vocab = R"("a":2000000000)"}, "has id 2000000000");
  expect_json_refused({.vocab = R"("a":1.0)"}, "model.vocab: \"a\"");
  expect_json_refused({.vocab = R"("a":0,"a":1)"}, "\"a\"");
  expect_json_refused({.vocab = JsonFile().vocab + R"(,"x\ny":8)"}, "holds a line end");
}

TEST(TokenizerFiles, TwoSourcesMustAgree) {
  const TemporaryFolder folder;
  folder.write("tokenizer.json", JsonFile().text());
  folder.write("vocab.txt", kVocab);
  EXPECT_EQ(load_tokenizer(folder.path()).vocabulary_bytes, kVocab);
  for (const auto& vocab : {kVocab + "c\n", kVocab.substr(0, kVocab.size() - 3), "x\n" + kVocab}) {
    folder.write("vocab.txt", vocab);
    const auto failure = failure_of([&] { load_tokenizer(folder.path()); });
    EXPECT_EQ(failure.kind, ErrorKind::model);
    EXPECT_THAT(failure.message, HasSubstr("disagree on the token"));
  }
}

TEST(TokenizerFiles, AFolderWithoutEitherIsRefused) {
  const TemporaryFolder folder;
  const auto failure = failure_of([&] { load_tokenizer(folder.path()); });
  EXPECT_EQ(failure.kind, ErrorKind::model);
  EXPECT_THAT(failure.message, HasSubstr("neither vocab.txt nor tokenizer.json"));
}

TEST(TokenizerFiles, DamagedBytesAreLoadedOrRefused) {
  const TemporaryFolder folder;
  const std::string whole = JsonFile().text();
  EXPECT_TRUE(rc::check("tokenizer.json with some bytes replaced", [&] {
    auto text = whole;
    const auto places = *rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, whole.size()));
    for (const size_t place : places) text[place] = *rc::gen::arbitrary<char>();
    folder.write("tokenizer.json", text);
    try {
      load_tokenizer(folder.path());
    } catch (const ModelError& error) {
      RC_TAG("refused");
      RC_ASSERT(std::string(error.what()).find('\n') == std::string::npos);
    }
  }));
}

TEST(TokenizerFiles, IdsBeyondTheModelAreRefused) {
  const auto loaded = with_config("{}");
  EXPECT_NO_THROW(check_vocabulary_size(loaded, 8));
  const auto failure = failure_of([&] { check_vocabulary_size(loaded, 6); });
  EXPECT_EQ(failure.kind, ErrorKind::model);
  EXPECT_THAT(failure.message, HasSubstr("token \"##b\" has id 6, but config.json's vocab_size is 6"));
}

}  // namespace
}  // namespace hone
