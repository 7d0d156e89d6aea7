#include <hone/nn/models/config.h>

#include <gmock/gmock.h>

#include "data/json/json.h"
#include "nn/models/config_writer.h"
#include "tests/data/temporary_folder.h"

namespace hone {
namespace {

using test::failure_of;
using testing::ElementsAre;
using testing::HasSubstr;

EncoderConfig parse(const std::string& json) { return parse_config(json, "config.json"); }

// The JSON of a BERT config with these members added.
std::string bert_with(const std::string& members) { return R"({"model_type":"bert",)" + members + "}"; }
std::string distilbert_with(const std::string& members) {
  return R"({"model_type":"distilbert",)" + members + "}";
}

void refuses(const std::string& json, const std::string& key, const std::string& value = "") {
  const auto failure = failure_of([&] { parse(json); });
  EXPECT_THAT(failure.message, HasSubstr("config.json: key \"" + key + "\"")) << json;
  EXPECT_THAT(failure.message, HasSubstr(value)) << json;
  EXPECT_EQ(failure.kind, ErrorKind::model);
}

TEST(Config, MissingFieldsOfBertHaveTheClassDefaults) {
  const EncoderConfig config = parse(R"({"model_type":"bert"})");
  EXPECT_EQ(config.type, ModelType::bert);
  EXPECT_EQ(config.vocab_size, 30522);
  EXPECT_EQ(config.hidden_size, 768);
  EXPECT_EQ(config.layers, 12);
  EXPECT_EQ(config.heads, 12);
  EXPECT_EQ(config.intermediate_size, 3072);
  EXPECT_EQ(config.max_positions, 512);
  EXPECT_EQ(config.type_vocab_size, 2);
  EXPECT_EQ(config.pad_token_id, 0);
  EXPECT_EQ(config.hidden_act, "gelu");
  EXPECT_EQ(config.hidden_dropout, 0.1);
  EXPECT_EQ(config.attention_dropout, 0.1);
  EXPECT_EQ(config.classifier_dropout, 0.1);
  EXPECT_EQ(config.layer_norm_eps, 1e-12);
  EXPECT_EQ(config.initializer_range, 0.02);
  EXPECT_FALSE(config.sinusoidal_positions);
  EXPECT_THAT(config.labels, ElementsAre("LABEL_0", "LABEL_1"));
}

TEST(Config, MissingFieldsOfDistilBertHaveTheClassDefaults) {
  const EncoderConfig config = parse(R"({"model_type":"distilbert"})");
  EXPECT_EQ(config.type, ModelType::distilbert);
  EXPECT_EQ(config.vocab_size, 30522);
  EXPECT_EQ(config.hidden_size, 768);
  EXPECT_EQ(config.layers, 6);
  EXPECT_EQ(config.heads, 12);
  EXPECT_EQ(config.intermediate_size, 3072);
  EXPECT_EQ(config.max_positions, 512);
  EXPECT_EQ(config.type_vocab_size, 0);
  EXPECT_EQ(config.hidden_dropout, 0.1);
  EXPECT_EQ(config.attention_dropout, 0.1);
  EXPECT_EQ(config.classifier_dropout, 0.2);
  EXPECT_EQ(config.layer_norm_eps, 1e-12);
  EXPECT_FALSE(config.sinusoidal_positions);
}

TEST(Config, ReadsEveryFieldOfBert) {
  const EncoderConfig config = parse(bert_with(
      R"("vocab_size":11,"hidden_size":8,"num_hidden_layers":2,"num_attention_heads":4,"intermediate_size":16,)"
      R"("hidden_act":"gelu_new","hidden_dropout_prob":0.2,"attention_probs_dropout_prob":0,"classifier_dropout":0.3,)"
      R"("max_position_embeddings":9,"type_vocab_size":3,"layer_norm_eps":1e-5,"initializer_range":0.5,)"
      R"("pad_token_id":4,"dtype":"float16","torch_dtype":"bfloat16","unknown":[1,{"x":null}],"classifier":1)"));
  EXPECT_EQ(config.vocab_size, 11);
  EXPECT_EQ(config.hidden_size, 8);
  EXPECT_EQ(config.layers, 2);
  EXPECT_EQ(config.heads, 4);
  EXPECT_EQ(config.intermediate_size, 16);
  EXPECT_EQ(config.hidden_act, "gelu_new");
  EXPECT_EQ(config.hidden_dropout, 0.2);
  EXPECT_EQ(config.attention_dropout, 0);
  EXPECT_EQ(config.classifier_dropout, 0.3);
  EXPECT_EQ(config.max_positions, 9);
  EXPECT_EQ(config.type_vocab_size, 3);
  EXPECT_EQ(config.layer_norm_eps, 1e-5);
  EXPECT_EQ(config.initializer_range, 0.5);
  EXPECT_EQ(config.pad_token_id, 4);
}

TEST(Config, ReadsEveryFieldOfDistilBert) {
  const EncoderConfig config = parse(distilbert_with(
      R"("vocab_size":11,"dim":8,"n_layers":2,"n_heads":4,"hidden_dim":16,"activation":"relu","dropout":0.2,)"
      R"("attention_dropout":0,"seq_classif_dropout":0.3,"max_position_embeddings":9,"sinusoidal_pos_embds":true,)"
      R"("initializer_range":0.5,"pad_token_id":4,"layer_norm_eps":0.5,"type_vocab_size":7)"));
  EXPECT_EQ(config.hidden_size, 8);
  EXPECT_EQ(config.layers, 2);
  EXPECT_EQ(config.heads, 4);
  EXPECT_EQ(config.intermediate_size, 16);
  EXPECT_EQ(config.hidden_act, "relu");
  EXPECT_EQ(config.hidden_dropout, 0.2);
  EXPECT_EQ(config.attention_dropout, 0);
  EXPECT_EQ(config.classifier_dropout, 0.3);
  EXPECT_TRUE(config.sinusoidal_positions);
  EXPECT_EQ(config.layer_norm_eps, 1e-12);  // fixed, whatever the file says
  EXPECT_EQ(config.type_vocab_size, 0);
}

TEST(Config, TheClassifiersDropoutIsTheHiddenOneUnlessGiven) {
  EXPECT_EQ(parse(bert_with(R"("hidden_dropout_prob":0.4,"classifier_dropout":null)")).classifier_dropout,
            0.4);
  EXPECT_EQ(parse(bert_with(R"("hidden_dropout_prob":0.4)")).classifier_dropout, 0.4);
  EXPECT_EQ(parse(bert_with(R"("hidden_dropout_prob":0.4,"classifier_dropout":0)")).classifier_dropout, 0);
}

TEST(Config, RefusesWhatIsNotAStrictObject) {
  EXPECT_THAT(failure_of([] { parse("[]"); }).message, HasSubstr("expected an object, found an array"));
  EXPECT_THAT(failure_of([] { parse("{"); }).message, HasSubstr("invalid JSON"));
  EXPECT_THAT(failure_of([] { parse(bert_with(R"("a":1,"a":2)")); }).message,
              HasSubstr("duplicate key \"a\""));
}

TEST(Config, RefusesOtherModelTypes) {
  refuses("{}", "model_type", "is missing, and the names of the tensors do not tell it");
  refuses("{}", "model_type", "add the line \"model_type\": \"bert\",");
  refuses(R"({"model_type":"roberta"})", "model_type", "is \"roberta\", supported are bert and distilbert");
  refuses(R"({"model_type":null})", "model_type", "found null");
}

TEST(Config, RefusesUnsupportedFeatures) {
  refuses(bert_with(R"("position_embedding_type":"relative_key")"), "position_embedding_type",
          "relative_key");
  refuses(bert_with(R"("is_decoder":true)"), "is_decoder", "true");
  refuses(bert_with(R"("add_cross_attention":true)"), "add_cross_attention", "true");
  refuses(bert_with(R"("pruned_heads":{"0":[1]})"), "pruned_heads");
  refuses(bert_with(R"("pruned_heads":[1])"), "pruned_heads");
  refuses(bert_with(R"("quantization_config":{"bits":8})"), "quantization_config");
  refuses(bert_with(R"("problem_type":"regression")"), "problem_type", "regression");
  refuses(distilbert_with(R"("problem_type":"multi_label_classification")"), "problem_type", "multi_label");
  refuses(bert_with(R"("hidden_act":"silu")"), "hidden_act",
          "is \"silu\", supported are gelu (also gelu_python), gelu_new (also");
  refuses(distilbert_with(R"("activation":"tanh")"), "activation", "tanh");
  EXPECT_NO_THROW(
      parse(bert_with(R"("position_embedding_type":"absolute","is_decoder":false,"pruned_heads":{},)"
                      R"("add_cross_attention":false,"quantization_config":null,"problem_type":null)")));
  EXPECT_NO_THROW(parse(bert_with(R"("problem_type":"single_label_classification")")));
}

TEST(Config, RefusesSizesThatAreNotLegal) {
  for (const char* key : {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
                          "intermediate_size", "max_position_embeddings", "type_vocab_size"}) {
    for (const char* value :
         {"0", "-1", "2147483648", "9223372036854775808", "1e3", "\"8\"", "null", "true", "-0"}) {
      refuses(bert_with("\"" + std::string(key) + "\":" + value), key);
    }
  }
  for (const char* key : {"dim", "n_layers", "n_heads", "hidden_dim"}) {
    refuses(distilbert_with("\"" + std::string(key) + "\":0"), key, "is 0, expected 1 to 2147483647");
  }
  refuses(bert_with(R"("hidden_size":770)"), "hidden_size",
          "is 770, which is not divisible by the 12 attention heads");
  refuses(distilbert_with(R"("dim":770)"), "dim", "is 770");
  refuses(bert_with(R"("pad_token_id":30522)"), "pad_token_id", "30522");
  refuses(bert_with(R"("pad_token_id":-30523)"), "pad_token_id", "-30523");
}

TEST(Config, RefusesSizesWhoseProductIsAbsurd) {
  refuses(bert_with(R"("vocab_size":2147483647,"hidden_size":2147483640)"), "hidden_size",
          "more than 2^36 parameters");
  refuses(distilbert_with(R"("hidden_dim":2147483647)"), "dim", "more than 2^36 parameters");
  refuses(distilbert_with(R"("n_layers":2147483647)"), "n_layers", "at most 4096");
}

TEST(Config, RefusesProbabilitiesOutsideTheUnitInterval) {
  for (const char* key : {"hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout"}) {
    for (const char* value : {"1", "1.0", "-0.1", "2", "1e300", "\"0.1\""}) {
      refuses(bert_with("\"" + std::string(key) + "\":" + value), key);
    }
  }
  for (const char* key : {"dropout", "attention_dropout", "seq_classif_dropout"}) {
    refuses(distilbert_with("\"" + std::string(key) + "\":1.5"), key, "is 1.5, expected a number in [0, 1)");
  }
  refuses(bert_with(R"("layer_norm_eps":-1e-12)"), "layer_norm_eps", "-1e-12");
  refuses(bert_with(R"("initializer_range":-0.02)"), "initializer_range", "-0.02");
}

TEST(Config, ReadsLabels) {
  EXPECT_THAT(parse(bert_with(R"("id2label":{"1":"pos","0":"neg","2":"\u00e9"})")).labels,
              ElementsAre("neg", "pos", "\xC3\xA9"));
  EXPECT_THAT(
      parse(bert_with(R"("id2label":{"0":"a","1":"b"},"label2id":{"b":1,"a":0},"num_labels":2)")).labels,
      ElementsAre("a", "b"));
  EXPECT_THAT(parse(bert_with(R"("num_labels":3,"id2label":null,"label2id":null)")).labels,
              ElementsAre("LABEL_0", "LABEL_1", "LABEL_2"));
  EXPECT_THAT(parse(bert_with(R"("id2label":{"0":"a"},"problem_type":"single_label_classification")")).labels,
              ElementsAre("a"));
}

TEST(Config, NumbersAreLabelsAsText) {
  const auto labels = [](const std::string& values) {
    return parse(bert_with(R"("id2label":)" + values)).labels;
  };
  EXPECT_THAT(labels(R"({"0":0,"1":-1})"), ElementsAre("0", "-1"));
  EXPECT_THAT(labels(R"({"0":1.0,"1":2.5,"2":1e20})"), ElementsAre("1.0", "2.5", "1e+20"));
  EXPECT_THAT(labels(R"({"0":false,"1":true})"), ElementsAre("False", "True"));
  EXPECT_THAT(labels(R"({"0":"a","1":4})"), ElementsAre("a", "4"));
}

TEST(Config, Id2labelCountsWhateverLabel2idSays) {
  const auto read = [](const std::string& ids) {
    return parse(bert_with(R"("id2label":{"0":"a","1":"b"},"label2id":)" + ids));
  };
  for (const char* same : {R"({"a":0,"b":1})", R"({"b":"1","a":"0"})", R"({"a":0.0,"b":1.0})", "null"}) {
    EXPECT_THAT(read(same).warnings, testing::IsEmpty()) << same;
  }
  for (const char* other :
       {R"({"a":1,"b":0})", R"({"a":0,"c":1})", R"({"a":0})", "{}", R"({"a":"x","b":1})",
        R"({"a":0,"b":1,"c":2})", R"(["a","b"])", R"({"a":null,"b":1})", R"({"a":0,"b":0})"}) {
    EXPECT_THAT(read(other).labels, ElementsAre("a", "b")) << other;
    EXPECT_THAT(read(other).warnings,
                ElementsAre(HasSubstr("key \"label2id\" is not the inverse of id2label")))
        << other;
  }
  EXPECT_THAT(parse(bert_with(R"("label2id":{"a":0,"b":1})")).labels, ElementsAre("LABEL_0", "LABEL_1"));
}

TEST(Config, AHeadThatIsMadeAnewIsNotDescribed) {
  const auto read = [](const std::string& members) {
    return parse_config(bert_with(members), "config.json", ConfigHead::ignored);
  };
  EXPECT_THAT(read(R"("id2label":7,"label2id":[],"num_labels":-1,"problem_type":{})").labels,
              ElementsAre("LABEL_0", "LABEL_1"));
  EXPECT_EQ(failure_of([&] { read(R"("is_decoder":true)"); }).kind, ErrorKind::model);
}

TEST(Config, NullStandsForTheDefault) {
  const auto config = parse(bert_with(
      R"("pad_token_id":null,"position_embedding_type":null,"hidden_act":null,"hidden_dropout_prob":null,)"
      R"("attention_probs_dropout_prob":null,"layer_norm_eps":null,"initializer_range":null,"is_decoder":null,)"
      R"("add_cross_attention":null,"pruned_heads":null,"architectures":null)"));
  EXPECT_EQ(config.pad_token_id, 0);
  EXPECT_EQ(config.hidden_act, "gelu");
  EXPECT_EQ(config.hidden_dropout, 0.1);
  EXPECT_EQ(config.layer_norm_eps, 1e-12);
  EXPECT_EQ(config.initializer_range, 0.02);
  EXPECT_FALSE(parse(distilbert_with(R"("sinusoidal_pos_embds":null,"seq_classif_dropout":null)"))
                   .sinusoidal_positions);
}

TEST(Config, APadTokenBelowZeroCountsFromTheEnd) {
  for (const auto& [id, row] : {std::pair{-1, 30521}, {-2, 30520}, {-30522, 0}}) {
    const auto config = parse(bert_with("\"pad_token_id\":" + std::to_string(id)));
    EXPECT_EQ(config.pad_token_id, row);
    EXPECT_THAT(config.warnings, ElementsAre(HasSubstr("taken as " + std::to_string(row))));
  }
}

TEST(Config, TheOldNumberOfLabelsAloneNamesWhatIsMissing) {
  for (const char* number : {"3", "1", "\"3\""})
    refuses(bert_with(std::string(R"("_num_labels":)") + number), "_num_labels", "id2label is missing");
  EXPECT_EQ(parse(bert_with(R"("_num_labels":2)")).labels.size(), 2u);
  EXPECT_EQ(parse(bert_with(R"("_num_labels":2,"num_labels":3)")).labels.size(), 3u);
  EXPECT_EQ(parse(bert_with(R"("_num_labels":2,"id2label":{"0":"a","1":"b","2":"c"})")).labels.size(), 3u);
}

TEST(Config, ActivationsHaveOtherNames) {
  for (const auto& [given, used] : {std::pair{"gelu", "gelu"},
                                    {"gelu_python", "gelu"},
                                    {"gelu_new", "gelu_new"},
                                    {"gelu_pytorch_tanh", "gelu_new"},
                                    {"gelu_python_tanh", "gelu_new"},
                                    {"gelu_fast", "gelu_new"},
                                    {"gelu_accurate", "gelu_new"},
                                    {"relu", "relu"}}) {
    EXPECT_EQ(parse(bert_with(std::string(R"("hidden_act":")") + given + "\"")).hidden_act, used);
    EXPECT_EQ(parse(distilbert_with(std::string(R"("activation":")") + given + "\"")).hidden_act, used);
  }
}

TEST(Config, DistilBertsSizesMayHaveBertsNames) {
  const auto config =
      parse(distilbert_with(R"("hidden_size":24,"num_hidden_layers":3,"num_attention_heads":4,"dim":24)"));
  EXPECT_EQ(config.hidden_size, 24);
  EXPECT_EQ(config.layers, 3);
  EXPECT_EQ(config.heads, 4);
  refuses(distilbert_with(R"("hidden_size":24,"dim":36)"), "dim", "is not the same as hidden_size");
}

TEST(Config, RefusesLabelsThatDoNotAgree) {
  refuses(bert_with(R"("id2label":{"1":"a","2":"b"})"), "id2label", "none for \"0\"");
  refuses(bert_with(R"("id2label":{"00":"a","1":"b"})"), "id2label");
  refuses(bert_with(R"("id2label":{"zero":"a","1":"b"})"), "id2label");
  refuses(bert_with(R"("id2label":["a","b"])"), "id2label", "expected an object");
  refuses(bert_with(R"("id2label":{"0":null,"1":"b"})"), "id2label",
          "a label is null, expected text or a number");
  refuses(bert_with(R"("id2label":{})"), "id2label", "empty");
  refuses(bert_with(R"("id2label":{"0":"a","1":"a"})"), "id2label", "the same label");
  refuses(bert_with(R"("id2label":{"0":"a","1":"b"},"num_labels":3)"), "num_labels",
          "is 3, expected 2 as in id2label");
  refuses(bert_with(R"("num_labels":0)"), "num_labels", "is 0");
  refuses(bert_with(R"("num_labels":2147483647)"), "num_labels", "is 2147483647");
  refuses(bert_with(R"("num_labels":1)"), "num_labels", "regression");
  refuses(bert_with(R"("id2label":{"0":"score"})"), "id2label", "regression");
}

TEST(Config, CountsTheEncodersParameters) {
  // The parameter counts of transformers' whole models, less their heads.
  EXPECT_EQ(encoder_parameters(default_config(ModelType::bert)),
            109'483'778u - (768 * 768 + 768) - (2 * 768 + 2));
  EXPECT_EQ(encoder_parameters(default_config(ModelType::distilbert)),
            66'955'010u - (768 * 768 + 768) - (2 * 768 + 2));
  EncoderConfig large = default_config(ModelType::bert);
  large.hidden_size = 1024, large.layers = 24, large.heads = 16, large.intermediate_size = 4096;
  EXPECT_EQ(encoder_parameters(large), 335'143'938u - (1024 * 1024 + 1024) - (2 * 1024 + 2));
}

class WrittenConfig : public testing::TestWithParam<ModelType> {};

TEST_P(WrittenConfig, ReadsBackEqual) {
  EncoderConfig config = default_config(GetParam());
  config.vocab_size = 11, config.hidden_size = 8, config.layers = 3, config.heads = 4,
  config.intermediate_size = 20;
  config.max_positions = 9, config.pad_token_id = 4, config.hidden_act = "gelu_new",
  config.hidden_dropout = 0.3;
  config.attention_dropout = 0.0, config.classifier_dropout = 0.7, config.initializer_range = 0.01;
  config.labels = {"not_duplicate", "dupli\"cate", "\xC3\xA9"};
  if (GetParam() == ModelType::bert) {
    config.type_vocab_size = 5, config.layer_norm_eps = 1e-7;
  } else {
    config.sinusoidal_positions = true;
  }
  const std::string text = write_config(config);
  const EncoderConfig back = parse(text);
  EXPECT_EQ(back.type, config.type);
  EXPECT_EQ(back.vocab_size, config.vocab_size);
  EXPECT_EQ(back.hidden_size, config.hidden_size);
  EXPECT_EQ(back.layers, config.layers);
  EXPECT_EQ(back.heads, config.heads);
  EXPECT_EQ(back.intermediate_size, config.intermediate_size);
  EXPECT_EQ(back.max_positions, config.max_positions);
  EXPECT_EQ(back.type_vocab_size, config.type_vocab_size);
  EXPECT_EQ(back.pad_token_id, config.pad_token_id);
  EXPECT_EQ(back.hidden_act, config.hidden_act);
  EXPECT_EQ(back.hidden_dropout, config.hidden_dropout);
  EXPECT_EQ(back.attention_dropout, config.attention_dropout);
  EXPECT_EQ(back.classifier_dropout, config.classifier_dropout);
  EXPECT_EQ(back.layer_norm_eps, config.layer_norm_eps);
  EXPECT_EQ(back.initializer_range, config.initializer_range);
  EXPECT_EQ(back.sinusoidal_positions, config.sinusoidal_positions);
  EXPECT_EQ(back.labels, config.labels);
  EXPECT_EQ(write_config(back), text);
}
INSTANTIATE_TEST_SUITE_P(Types, WrittenConfig, testing::Values(ModelType::bert, ModelType::distilbert),
                         [](const auto& tested) { return std::string(name_of(tested.param)); });

TEST(Config, WritesEveryFieldThatTransformersNeeds) {
  const Json bert = parse_json(write_config(default_config(ModelType::bert)), "f");
  for (const char* key :
       {"model_type", "architectures", "vocab_size", "hidden_size", "num_hidden_layers",
        "num_attention_heads", "intermediate_size", "hidden_act", "hidden_dropout_prob",
        "attention_probs_dropout_prob", "classifier_dropout", "max_position_embeddings", "type_vocab_size",
        "layer_norm_eps", "initializer_range", "pad_token_id", "id2label", "label2id", "problem_type"}) {
    EXPECT_NE(bert.find(key), nullptr) << key;
  }
  EXPECT_EQ(bert.at("architectures").as_array("")[0].as_string(""), "BertForSequenceClassification");
  const Json distilbert = parse_json(write_config(default_config(ModelType::distilbert)), "f");
  for (const char* key : {"model_type", "architectures", "vocab_size", "dim", "n_layers", "n_heads",
                          "hidden_dim", "activation", "dropout", "attention_dropout", "seq_classif_dropout",
                          "max_position_embeddings", "sinusoidal_pos_embds", "initializer_range",
                          "pad_token_id", "id2label", "label2id", "problem_type"}) {
    EXPECT_NE(distilbert.find(key), nullptr) << key;
  }
  EXPECT_EQ(distilbert.at("architectures").as_array("")[0].as_string(""),
            "DistilBertForSequenceClassification");
}

TEST(Config, AMissingFileIsAModelError) {
  const test::TemporaryFolder folder;
  const auto failure = failure_of([&] { read_config(folder.path()); });
  EXPECT_THAT(failure.message, HasSubstr("config.json: cannot open: No such file"));
  EXPECT_EQ(failure.kind, ErrorKind::model);
  folder.write("config.json", R"({"model_type":"distilbert"})");
  EXPECT_EQ(read_config(folder.path()).layers, 6);
}

}  // namespace
}  // namespace hone
