# Installs the library from BUILD to a folder of its own under WORK, builds SOURCE/examples with nothing but that in sight, and
# runs each program on a tiny model: what fine_tune saves, classify and the predict program must read.
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

function(run_example expected)
  run_step(${ARGN})
  if(NOT output MATCHES "${expected}")
    message(FATAL_ERROR "${ARGN}\nwrote, where ${expected} was expected:\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
run_step(${CMAKE_COMMAND} --install ${BUILD} --component library --prefix ${WORK}/prefix)
foreach(name CMakeLists.txt classify fine_tune similarity vectors)  # away from the repository's headers
  file(COPY ${SOURCE}/examples/${name} DESTINATION ${WORK}/source)
endforeach()
set(flags "-Wall -Wextra -Werror")
if(SANITIZE)
  string(APPEND flags " -fsanitize=${SANITIZE}")
endif()
run_step(${CMAKE_COMMAND} -S ${WORK}/source -B ${WORK}/examples -DCMAKE_PREFIX_PATH=${WORK}/prefix
         -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${flags})
run_step(${CMAKE_COMMAND} --build ${WORK}/examples)

# A model with random weights, made by a run of no steps.
file(WRITE ${WORK}/bare/config.json "{\"model_type\": \"bert\", \"vocab_size\": 13, \"hidden_size\": 16, \"num_hidden_layers\": 2,
\"num_attention_heads\": 2, \"intermediate_size\": 32, \"max_position_embeddings\": 40, \"initializer_range\": 0.3,
\"hidden_dropout_prob\": 0.0, \"attention_probs_dropout_prob\": 0.0}")
file(WRITE ${WORK}/bare/vocab.txt "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\ngood\nfine\nbad\ndull\nfilm\nplot\nactor\n")
run_step(${BUILD}/bin/sst2 --model ${WORK}/bare --init random --data ${SOURCE}/examples/sentiment --max-eval-samples 4
         --epochs 0 --output ${WORK}/run)

run_example("accuracy 1\\.000\n$" ${WORK}/examples/vectors)
run_example("epoch 20  loss 0\\.[0-9]+\n$" ${WORK}/examples/fine_tune ${WORK}/run/model ${WORK}/saved)
run_example("^positive\n$" ${WORK}/examples/classify ${WORK}/saved "a good film")
run_example("^negative\n$" ${WORK}/examples/classify ${WORK}/saved "a bad plot")
run_example("^1\\.0000\n$" ${WORK}/examples/similarity ${WORK}/saved "a good film" "a good film")
run_example("^-?0\\.[0-9]+\n$" ${WORK}/examples/similarity ${WORK}/saved "a good film" "the plot is bad")
file(WRITE ${WORK}/lines.txt "a good film\na bad plot\n")
execute_process(COMMAND ${BUILD}/bin/predict --model ${WORK}/saved INPUT_FILE ${WORK}/lines.txt OUTPUT_VARIABLE lines)
if(NOT lines MATCHES "^positive\t.*\nnegative\t")
  message(FATAL_ERROR "predict reads another model than classify: ${lines}")
endif()
