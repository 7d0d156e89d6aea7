#pragma once

#include <cstdint>

#include <hone/core/packed_batch.h>
#include <hone/text/tokenizer.h>

namespace hone {

// A text or pair as token ids, with its label's id.
struct EncodedRow {
  Encoding encoding;
  int32_t label = kNoLabel;
};

}  // namespace hone
