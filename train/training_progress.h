#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <hone/train/trainer.h>
#include "data/json/json.h"
#include "data/json/json_writer.h"

namespace hone {

// Writes progress as fields of an open JSON object, by their names in a checkpoint's state.json, and reads it
// back.
void write_progress(JsonWriter& json, const TrainingProgress& progress);
TrainingProgress read_progress(const Json& json);

// Progress as a whole JSON file.
std::string progress_json(const TrainingProgress& progress);
TrainingProgress read_progress(const std::filesystem::path& file);

// Throws Error, which names the file, unless training by the plan on so many rows comes through this
// progress: every field follows from the others.
void check_progress(const TrainingProgress& progress, const TrainingPlan& plan, int64_t rows,
                    const std::filesystem::path& file);

// The SHA-256 of all settings that training by the plan on so many rows depends on. The number of steps is
// left out under a constant schedule, where a longer run begins like a shorter one.
std::string recipe_hash(const TrainingPlan& plan, int64_t rows);

}  // namespace hone
