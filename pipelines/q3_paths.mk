# Ends and paths of make q3. Q3_HEADS, Q3_OF_SOURCE and Q3_OF_TARGET are of heads.mk.

# --- ends -----------------------------------------------------------------------------------------------------------
$(call start,$(K)/base.st.gz,MODEL)
# One head for all; a seed is of the order of the data and of dropout.
q3_seeds = --seed 0 --seed-order $(1) --seed-dropout $(1)
# $(call q3_end,SET,SEED): the model, and the dynamics of its training set
q3_end = $(call rule,$(K)/$(1)-$(2).st.gz $(K)/$(1)-$(2).dynamics.tsv,$(K)/base.st.gz $(K)/$(1).tok.gz,$(call \
  finetune,$(K)/base.st.gz,$(K)/$(1).tok.gz,$(call options,Q3_RECIPE) $(call q3_seeds,$(2)) --log '$(K)/$(1)-$(2).log.tsv' --dynamics \
  '$(K)/$(1)-$(2).dynamics.tsv' -o '$(K)/$(1)-$(2).st.gz'),$(call known_options,Q3_RECIPE))
$(foreach t,source target,$(foreach s,$(Q3_SEEDS),$(call q3_end,$(t),$(s))))

# --- what is scored by which head -----------------------------------------------------------------------------------
# Of a path by the heads `mix`, 0 or 1: the training sets in few points, the sets of DEVS in many.
Q3_TRAIN_mix := source target
Q3_TRAIN_0 := source
Q3_TRAIN_1 := target
Q3_DEVS_mix := $(Q3_DEVS)
Q3_DEVS_0 := $(Q3_OF_SOURCE)
Q3_DEVS_1 := $(Q3_OF_TARGET)
q3_mixed := $(filter mix,$(Q3_HEADS))
# NAME=FILE of sets of DEVS, and of training sets
q3_dev_sets = $(foreach d,$(1),$(d)=$(K)/dev-$(d).tok.gz)
q3_train_sets = $(foreach t,$(1),$(t)=$(K)/$(t).tok.gz)
# $(call q3_walk,NAME,END,END OR NOTHING,HEAD,TRAINING SETS,SETS OF DEVS,POINTS OF THESE IF NOT Q3_POINTS): know-NAME-HEAD and NAME-HEAD
q3_walk = $(call walk,$(K),know-$(1)-$(4),$(2),$(3),$(4:%=--head %) -n $(Q3_STEPS),$(call options,EVAL),$(call q3_train_sets,$(5)),$(call \
  known_options,EVAL))$(if $(6),$(call walk,$(K),$(1)-$(4),$(2),$(3),$(4:%=--head %) -n $(or $(7),$(Q3_POINTS)),$(call options,EVAL),$(call \
  q3_dev_sets,$(6)),$(call known_options,EVAL)))

# --- paths ----------------------------------------------------------------------------------------------------------
# $(call q3_line,NAME,END,END,POINTS IF NOT Q3_POINTS): each set by the head of the end that it belongs to
q3_line = $(foreach h,$(Q3_HEADS),$(call q3_walk,$(1),$(K)/$(2).st.gz,$(K)/$(3).st.gz,$(h),$(Q3_TRAIN_$(h)),$(Q3_DEVS_$(h)),$(4)))
$(foreach s,$(Q3_SEEDS),$(call q3_line,line-$(s),source-$(s),target-$(s)))
# The control: the source's ends, each seed with the next; of one seed there is none.
q3_next := $(wordlist 2,$(words $(Q3_SEEDS)),$(Q3_SEEDS)) $(firstword $(Q3_SEEDS))
q3_rounds := $(join $(Q3_SEEDS:%=%-),$(q3_next))
Q3_CONTROLS := $(if $(word 3,$(Q3_SEEDS)),$(q3_rounds),$(if $(word 2,$(Q3_SEEDS)),$(firstword $(q3_rounds))))
q3_control = $(call q3_walk,control-$(1),$(K)/source-$(call first_of,$(1)).st.gz,$(K)/source-$(call second_of,$(1)).st.gz,mix,source,$(call \
  Q3_DEVS_$(if $(q3_mixed),mix,0)))
$(foreach p,$(Q3_CONTROLS),$(call q3_control,$(p)))

ifneq ($(q3_mixed),)
# A curve of one bend, trained on both sets; what is written are its last weights.
q3_curve = $(call rule,$(K)/curve-$(1).st.gz,$(K)/source-$(1).st.gz $(K)/target-$(1).st.gz $(K)/source.tok.gz $(K)/target.tok.gz,$$(RUN) \
  $$(TOOL)/mc-curve $$(resumed) --train '$(K)/source.tok.gz' --train '$(K)/target.tok.gz' $(call options,Q3_CURVE) --seed $(1) --log \
  '$(K)/curve-$(1).log.tsv' -o '$$@' '$(K)/source-$(1).st.gz' '$(K)/target-$(1).st.gz',$(call known_options,Q3_CURVE))
$(foreach s,$(Q3_SEEDS),$(call q3_curve,$(s))$(call q3_walk,curve-$(s),$(K)/curve-$(s).st.gz,,mix,$(Q3_TRAIN_mix),$(Q3_DEVS)))
endif

# --- what the lines forget, added to the target (E14) ------------------------------------------------------------------
# added-KIND-SEED.txt: numbers of examples of the source, those that the line forgets and as many others.
q3_each = $(K)/each-know-line-$(1)-$(firstword $(Q3_HEADS)).tsv
q3_forgotten = $(call rule,$(K)/added-forgotten-$(1).txt,$(K)/source-$(1).dynamics.tsv $(call q3_each,$(1)),$$(TOOL)/mc-knowledge --task source \
  --dynamics '$(K)/source-$(1).dynamics.tsv' --select forgotten -o '$$@' '$(call q3_each,$(1))')
$(foreach s,$(Q3_SEEDS),$(call q3_forgotten,$(s)))
# A line that forgets nothing adds nothing: empty files then, and no --train more.
q3_others = $(call rule,$(K)/added-$(1)-$(2).txt,$(K)/source-$(2).dynamics.tsv $(K)/added-forgotten-$(2).txt,if [ -s '$(K)/added-forgotten-$(2).txt' \
  ]; then $$(TOOL)/mc-knowledge --dynamics '$(K)/source-$(2).dynamics.tsv' --select $(1) -n "$$$$(wc -l < '$(K)/added-forgotten-$(2).txt')" --seed \
  $(2) -o '$$@'; else : > '$$@'; fi)
ifneq ($(q3_mixed),)
Q3_ADDED := $(Q3_KINDS:%=added-%)
q3_added = $(call rule,$(K)/$(1)-$(2).tok.gz,$(K)/source.tok.gz $(K)/$(1)-$(2).txt,if [ -s '$(K)/$(1)-$(2).txt' ]; then $$(TOOL)/mc-pick --only \
  '$(K)/$(1)-$(2).txt' -o '$$@' < '$(K)/source.tok.gz'; else : > '$$@'; fi)$(call \
  rule,$(K)/$(1)-$(2).st.gz,$(K)/base.st.gz $(K)/target.tok.gz $(K)/$(1)-$(2).tok.gz,$(call finetune,$(K)/base.st.gz,$(K)/target.tok.gz,$$$$([ ! \
  -s '$(K)/$(1)-$(2).tok.gz' ] || echo '--train $(K)/$(1)-$(2).tok.gz') $(call options,Q3_RECIPE) $(call q3_seeds,$(2)) --log \
  '$(K)/$(1)-$(2).log.tsv' -o '$$@'),$(call known_options,Q3_RECIPE))$(call q3_line,$(1)-$(2),source-$(2),$(1)-$(2),$(Q3_ADDED_POINTS))
$(foreach k,$(filter-out forgotten,$(Q3_KINDS)),$(foreach s,$(Q3_SEEDS),$(call q3_others,$(k),$(s))))
$(foreach k,$(Q3_ADDED),$(foreach s,$(Q3_SEEDS),$(call q3_added,$(k),$(s))))
endif
