# What is given to make q2 is judged before anything runs, and gets the names that q2.mk uses.
$(call one_line,$(filter-out %_%%,$(VARIABLES_q2)))
q2_usage := $(CALLED) q2 needs TASK1=dir and CONFIG=dir CORPUS=file$(,) or SERIES='dir0 dir1000 ...'
$(call needed,TASK1,$(q2_usage))
Q2_MODELS := $(strip $(call raw,SERIES))
$(if $(Q2_MODELS),$(foreach v,CONFIG CORPUS,$(if $(call raw,$(v)),$(error SERIES= is pre-trained already: $(v)= is of a model that is \
  pre-trained here))),$(call needed,CONFIG CORPUS,$(q2_usage)))
$(foreach v,Q2_STEPS Q2_HELD,$(call number,$(v)))
$(if $(shell [ $(Q2_HELD) -ge 1 ] && [ $(Q2_HELD) -le 99 ] || echo 1),$(error Q2_HELD=$(Q2_HELD): of a hundred blocks of lines 1 to 99 \
  are held out))
$(call real,Q2_WIDTH)
$(call points,Q2_POINTS)
$(call words_of_shell,TOKENIZE EVAL BARRIER Q2_PRETRAIN Q2_RECIPE RUN)
$(call without_options,TOKENIZE,$(options_of_sets))
$(call without_options,EVAL,$(options_of_scores))
$(call without_options,BARRIER,$(options_of_heights))
$(call without_options,Q2_PRETRAIN,$(options_of_runs) --dev --steps --trace)
$(call without_options,Q2_RECIPE,$(options_of_ends) --only)
$(call whole_models,Q2_RECIPE)
$(call no_option_like,Q2_PRETRAIN,^--epochs(=|$$),Q2_STEPS= says how many updates)
$(if $(filter 2,$(shell printf '%s' $(call quote_now,$(Q2_RECIPE)) | xargs printf '%s\n' | grep -Eo '^--(steps|epochs)(=|$$)' | tr -d = | sort -u | \
  wc -l)),$(error Q2_RECIPE=$(Q2_RECIPE): --steps and --epochs exclude each other))
$(call output_folder,OUT)
W := $(patsubst %/,%,$(call raw,OUT))/q2
q2_given = $(filter command,$(firstword $(origin $(1))))
Q2_PAIRS := $(if $(call q2_given,PAIRS),$(PAIRS),1-2 1-3 1-4 2-3 2-4 3-4)
$(call pairs,$(if $(call q2_given,PAIRS),PAIRS,Q2_PAIRS))
Q2_SEEDS := $(sort $(subst -, ,$(Q2_PAIRS)))

# Steps: those that are saved, or those in the names of directories and streams.
q2_step_of = $(or $(shell printf '%s' $(call quote_now,$(1)) | sed -nE 's/(\.st)?(\.gz|\.safetensors)?\/*$$//; s/.*[^0-9]([0-9]+)$$/\1/p'),$(error SERIES=: the name of \
  $(1) does not end in its step))
ifeq ($(Q2_MODELS),)
Q2_AT := $(call saved_steps,Q2_SAVE,Q2_STEPS)
$(call input_file,CORPUS)
q2_least := $(shell expr $(Q2_HELD) '*' 100 + 1)
$(if $(shell [ -p $(call quote_now,$(call raw,CORPUS)) ] || [ "$$(head -n $(q2_least) -- $(call quote_now,$(call raw,CORPUS)) | wc -l)" -ge \
  $(q2_least) ] || echo 1),$(error CORPUS=$(call raw,CORPUS): less than $(q2_least) lines$(,) of which Q2_HELD=$(Q2_HELD) in a hundred blocks \
  of a hundred are held out))
$(if $(call has_file,$(call raw,CONFIG),config.json),,$(error CONFIG=$(call raw,CONFIG): no directory with config.json))
Q2_TOKENIZER := $(call raw,CONFIG)
else
$(foreach d,$(Q2_MODELS),$(call input_model_of,SERIES,$(d)))
q2_steps := $(foreach d,$(Q2_MODELS),$(call q2_step_of,$(d)))
Q2_AT := $(shell printf '%s\n' $(q2_steps) | sort -nu)
$(if $(filter $(words $(q2_steps)),$(words $(Q2_AT))),,$(error SERIES=$(Q2_MODELS): a step is there twice))
$(call no_zero_first,SERIES,$(q2_steps),a step)
q2_model = $(strip $(foreach d,$(Q2_MODELS),$(if $(filter $(1),$(call q2_step_of,$(d))),$(d))))
Q2_TOKENIZER := $(or $(if $(call raw,TOKENIZER),$(call raw,$(call tokenizer_is,TOKENIZER))),$(firstword $(foreach d,$(Q2_MODELS),$(if $(call is_dir,$(d)),$(if $(call \
  has_tokenizer,$(d)),$(d))))),$(error TOKENIZER= is missing: SERIES= has none))
$(foreach d,$(Q2_MODELS),$(if $(filter peft,$(call kind_of_model,$(d))),$(error SERIES=: $(d) is a PEFT directory: a step of a pre-training \
  is a whole model)))
endif
Q2_ALSO :=
Q2_DRAWN := $(firstword $(Q2_AT)) $(filter-out $(firstword $(Q2_AT)),$(lastword $(Q2_AT)))

# Tasks: their names, and FILE of a split.
q2_dir = $(patsubst %/,%,$(call raw,$(1)))
Q2_FIRST := $(notdir $(call q2_dir,TASK1))
Q2_SECOND := $(if $(call raw,TASK2),$(notdir $(call q2_dir,TASK2)))
$(if $(Q2_SECOND),$(if $(filter $(Q2_FIRST),$(Q2_SECOND)),$(error TASK1= and TASK2= are both named $(Q2_FIRST))))
Q2_TASKS := $(Q2_FIRST) $(Q2_SECOND)
# Lines between the tasks and their widths have these names.
$(foreach t,$(filter both width,$(Q2_TASKS)),$(error a task cannot be named $(t): $(CALLED) q2 has lines and rows of that name))
$(foreach t,$(Q2_TASKS),$(if $(shell [[ $(call quote_now,$(t)) =~ ^[A-Za-z0-9_.][A-Za-z0-9_.-]*$$ ]] || echo 1),$(error \
  a task's name is letters$(,) digits$(,) . _ and -$(,) not '$(t)')))
q2_dir_of = $(if $(filter $(Q2_FIRST),$(1)),$(call q2_dir,TASK1),$(call q2_dir,TASK2))
q2_text = $(firstword $(foreach e,tsv csv jsonl,$(if $(call is_file,$(q2_dir_of)/$(2).$(e)),$(q2_dir_of)/$(2).$(e))))
$(foreach t,$(Q2_TASKS),$(foreach p,train dev,$(if $(call q2_text,$(t),$(p)),,$(error $(call q2_dir_of,$(t)): no $(p).tsv$(,) \
  $(p).csv or $(p).jsonl in it))))
