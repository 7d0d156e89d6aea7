#pragma once

#include <span>
#include <vector>

#include <hone/core/packed_batch.h>
#include <hone/data/sets/dataset.h>
#include <hone/text/tokenizer.h>
#include <hone/train/rows.h>

namespace hone {

// Tokenizes the rows of a split, in order, cut to max_length tokens (0: never), on up to `threads` threads.
// Throws DataError that names the split and the row.
std::vector<EncodedRow> encode_rows(const Split& split, const Tokenizer& tokenizer, int64_t max_length,
                                    int threads);

// Packs rows[order[i]] for all i into one batch. Without use_types all token types are 0.
PackedBatch pack_rows(std::span<const EncodedRow> rows, std::span<const int64_t> order, bool use_types);

// Pads a batch to a round number of tokens with one more sequence of 1 or more tokens and without a label, so
// that it changes neither loss nor gradients; lens.longest() is round too. A device that repeats recorded
// work needs batches of few different shapes (core/device_runtime.h): `tokens` come in steps of at least 32
// and about a sixteenth.
PackedBatch fill_up(const PackedBatch& batch);

// The order of an epoch's rows (epochs count from 0): a random permutation of n rows, or file order.
std::vector<int64_t> epoch_order(int64_t n, bool shuffle, uint64_t seed, int64_t epoch);

}  // namespace hone
