# What is given to make q3 is judged before anything runs, and gets the names that q3.mk uses.
$(call one_line,$(filter-out %_%%,$(VARIABLES_q3)))
$(call needed,MODEL SOURCE TARGET DEVS,$(CALLED) q3 needs MODEL=dir SOURCE=file TARGET=file DEVS='name=file ...')
$(foreach v,Q3_STEPS Q3_POINTS Q3_ADDED_POINTS,$(call points,$(v)))
$(call number,Q3_PERMUTATIONS)
$(if $(filter 0,$(Q3_PERMUTATIONS)),$(error Q3_PERMUTATIONS=0: a test needs permutations))
$(call words_of_shell,TOKENIZE EVAL BARRIER Q3_RECIPE Q3_CURVE RUN)
$(call without_options,TOKENIZE,--task --corpus -t -o)
$(call without_options,EVAL,--per-example -o)
$(call without_options,Q3_RECIPE,$(options_of_runs) --only --dev --dynamics --seed --seed-init --seed-order --seed-dropout --with-base)
$(call whole_models,Q3_RECIPE)
$(call no_option_like,Q3_RECIPE,^--steps,dynamics have whole epochs: --epochs says how many)
$(call without_options,Q3_CURVE,$(options_of_runs) --only --dev --seed --with-base)
$(call no_option_like,Q3_CURVE,^(--kind=)?mix$$,a mixture is one point$(,) no curve)
$(call without_options,BARRIER,--over --compare --per-example --width -o)
$(foreach k,$(Q3_KINDS),$(if $(filter $(k),forgotten hard easy ambiguous random),,$(error Q3_KINDS=$(Q3_KINDS): $(k) is none of forgotten$(,) \
  hard$(,) easy$(,) ambiguous and random)))
$(if $(filter $(words $(Q3_KINDS)),$(words $(sort $(Q3_KINDS)))),,$(error Q3_KINDS=$(Q3_KINDS): a kind is there twice))
$(if $(strip $(Q3_SEEDS)),,$(error Q3_SEEDS= is empty))
$(foreach s,$(Q3_SEEDS),$(if $(call is_number,$(s)),,$(error Q3_SEEDS=$(Q3_SEEDS): $(s) is no seed)))
$(call no_zero_first,Q3_SEEDS,$(Q3_SEEDS),a seed)
$(if $(filter $(words $(Q3_SEEDS)),$(words $(sort $(Q3_SEEDS)))),,$(error Q3_SEEDS=$(Q3_SEEDS): a seed is there twice))
$(call output_folder,OUT)
K := $(patsubst %/,%,$(call raw,OUT))/q3
$(call input_model,MODEL)
$(call input_file,SOURCE TARGET)
DEVS_RAW := $(call raw,DEVS)
$(call named_files,DEVS,)
Q3_DEVS := $(foreach d,$(DEVS_RAW),$(call set_name,$(d)))
Q3_TOKENIZER := $(or $(call raw,TOKENIZER),$(if $(call is_dir,$(call raw,MODEL)),$(call raw,MODEL),$(error TOKENIZER= is missing: a stream has \
  no tokenizer)))
# The confidence of intervals in what mc-barrier --over makes of tables of pairs, which take no other option of BARRIER.
Q3_CONFIDENCE := $(addprefix --confidence ,$(shell printf '%s' $(call quote_now,$(BARRIER)) | xargs printf '%s\n' | awk \
  '/^--confidence=/ { c = substr($$0, 14) } before == "--confidence" { c = $$0 } { before = $$0 } END { print c }'))
