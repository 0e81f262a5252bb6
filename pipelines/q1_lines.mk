# The ends, lines and barriers of what q1.mk lists.

$(call start,$(Q)/base.st.gz,MODEL)
$(call tokenize,$(Q)/train.tok.gz,$(call raw,TRAIN),$(Q1_TOKENIZER),TOKENIZE,--task train)
$(call tokenize,$(Q)/dev.tok.gz,$(call raw,DEV),$(Q1_TOKENIZER),TOKENIZE,--task dev)
$(if $(call raw,TEST),$(call tokenize,$(Q)/test.tok.gz,$(call raw,TEST),$(Q1_TOKENIZER),TOKENIZE,--task test))

# --- ends ----------------------------------------------------------------------------------------------------
# $(call q1_training,KIND,SEED): options of mc-finetune, from those of its method, of all ends and of the kind
q1_training = --method $($(1).method) $(call q1_of_method,$($(1).method))$(call options,Q1_RECIPE) --batch $(call \
  q1_batch,$(1)) --lr $(call q1_rate_of,$(1)) $($(1).options) $(call Q1_SEED_$($(1).seeds),$(2))
q1_of_method = $(if $(Q1_OPTIONS_$(1)),$(call options,Q1_OPTIONS_$(1)) )
q1_batch = $(or $($(1).batch),$(Q1_BATCH))
q1_rate_of = $(or $($(1).rate),$(Q1_RATE_$($(1).method)))
# $(call q1_end,KIND,SEED): the end KIND-SEED
q1_end = $(eval Q1_KIND_$(1)-$(2) := $(1))$(call tune_summed,$(Q)/$(1)-$(2),$(Q)/$(or $(subst \
  SEED,$(2),$($(1).start)),base).st.gz,$(Q)/train.tok.gz,$(q1_training),$($(1).needs),$(call known_options,Q1_RECIPE))
$(foreach k,$(Q1_KINDS),$(foreach s,$(Q1_SEEDS),$(call q1_end,$(k),$(s))))

# $(call q1_fold,KIND,SEED)
q1_fold = $(call rule,$(Q)/$(1)-$(2).st.gz,$(Q)/$($(1).folds)-$(2).st.gz $(Q)/base.st.gz,$$(TOOL)/mc-fold --base \
  '$(Q)/base.st.gz' -o '$$@' '$(Q)/$($(1).folds)-$(2).st.gz')
$(foreach k,$(Q1_FOLDED:%=%-folded),$(foreach s,$(Q1_SEEDS),$(call q1_fold,$(k),$(s))))

# What ends of `noise` begin with.
q1_noise = $(call rule,$(Q)/noise-start-$(1).st.gz,$(Q)/base.st.gz,$$(TOOL)/mc-init --perturb $(Q1_NOISE) --seed-init $(1) -o \
  '$$@' '$(Q)/base.st.gz')
$(foreach s,$(Q1_SEEDS),$(call q1_noise,$(s)))

# The first and the second half of the training set, by the numbers of its examples.
q1_numbers = $(call rule,$(Q)/half-$(1).txt,$(Q)/train.tok.gz,$$(TOOL)/mc-info --ids '$(Q)/train.tok.gz' | awk -v half=$(1) \
  'END { for (i = half == 1 ? 0 : int(NR / 2); i < (half == 1 ? int(NR / 2) : NR); i++) print i }' $(keep))
$(foreach h,1 2,$(call q1_numbers,$(h)))

# --- lines ---------------------------------------------------------------------------------------------------
# Words, each once, in the order in which they come first.
q1_unique = $(if $(1),$(firstword $(1)) $(call q1_unique,$(filter-out $(firstword $(1)),$(1))))
Q1_CONDITIONS := $(strip $(call q1_unique,$(foreach x,$(filter $(Q1_ONLY),$(Q1_EXPERIMENTS)),$(Q1_OF_$(x)))))
$(if $(Q1_CONDITIONS),,$(error ONLY=$(Q1_ONLY): no condition is left of these experiments with the values of the variables \
  Q1_*))
# Of a line: Q1_FROM_ and Q1_TO_, its ends, and Q1_CONDITION_; of a condition, Q1_LINES_.
q1_pairs = $(or $($(1).pairs),$(Q1_PAIRS))
# $(call q1_line,CONDITION,PAIR): the line CONDITION-PAIR. What the ends are deltas of, or full models were tuned from, is the
# base in any case.
q1_line = $(eval Q1_FROM_$(1)-$(2) := $(or $($(1).first),$(1))-$(call first_of,$(2)))$(eval \
  Q1_TO_$(1)-$(2) := $(or $($(1).second),$(1))-$(call second_of,$(2)))$(eval Q1_CONDITION_$(1)-$(2) := $(1))$(call \
  q1_join,$(1)-$(2),$($(1).interp))
q1_join = $(call connect,$(Q),$(1),$(Q)/$(Q1_FROM_$(1)).st.gz,$(Q)/$(Q1_TO_$(1)).st.gz,--base '$(Q)/base.st.gz' -n \
  $(Q1_POINTS) $(2),--base '$(Q)/base.st.gz' $(call options,EVAL),dev=$(Q)/dev.tok.gz,$(call \
  known_options,EVAL),$(Q)/base.st.gz,--base '$(Q)/base.st.gz' --by layer)
# $(call q1_barrier,NAME,PATHS,OPTIONS): barrier-NAME.tsv of path-PATH.tsv ...
q1_barrier = $(call heights,$(Q),$(1),$(2),$(3))
# $(call q1_condition,CONDITION): its lines and their barriers
q1_condition = $(eval Q1_LINES_$(1) := $(patsubst %,$(1)-%,$(q1_pairs)))$(foreach p,$(q1_pairs),$(call \
  q1_line,$(1),$(p)))$(call q1_barrier,$(1),$(patsubst %,$(1)-%,$(q1_pairs)))
$(foreach c,$(Q1_CONDITIONS),$(call q1_condition,$(c)))
Q1_LINES := $(foreach c,$(Q1_CONDITIONS),$(Q1_LINES_$(c)))
