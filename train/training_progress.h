#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <hone/train/trainer.h>
#include "data/json/json.h"
#include "data/json/json_writer.h"

namespace hone {

// Progress as the fields of an open JSON object: the names of a checkpoint's state.json; and back.
void write_progress(JsonWriter& json, const TrainingProgress& progress);
TrainingProgress read_progress(const Json& json);

// The same as a whole file.
std::string progress_json(const TrainingProgress& progress);
TrainingProgress read_progress(const std::filesystem::path& file);

// SHA-256 of all that a plan's run over so many rows depends on. How long it goes on is left out where a
// longer run begins like a shorter one: under a constant schedule.
std::string recipe_hash(const TrainingPlan& plan, int64_t rows);

}  // namespace hone
