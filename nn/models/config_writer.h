#pragma once

#include <string>

#include <hone/nn/models/config.h>

namespace hone {

// config.json of a sequence classifier, which transformers loads; reading it back gives an equal config.
std::string write_config(const EncoderConfig& config);

}  // namespace hone
