# Ends, paths and ledgers of make q3. Q3_HEADS, Q3_OF_SOURCE and Q3_OF_TARGET are of heads.mk.

# --- ends -----------------------------------------------------------------------------------------------------------
$(if $(filter dir,$(call kind_of_model,$(call raw,MODEL))),$(call import,$(K)/base.st.gz,$(call raw,MODEL)),$(call \
  end,$(K)/base.st.gz,$(call raw,MODEL)))
q3_seeds = --seed 0 --seed-order $(1) --seed-dropout $(1)
# $(call q3_end,SET,SEED): the model, and the dynamics of its training set
q3_end = $(call rule,$(K)/$(1)-$(2).st.gz $(K)/$(1)-$(2).dynamics.tsv,$(K)/base.st.gz $(K)/$(1).tok.gz,$(call \
  finetune,$(K)/base.st.gz,$(K)/$(1).tok.gz,$(call options,Q3_RECIPE) $(call q3_seeds,$(2)) --dynamics '$(K)/$(1)-$(2).dynamics.tsv' -o \
  '$(K)/$(1)-$(2).st.gz'),$(call known_options,Q3_RECIPE))
$(foreach s,$(Q3_SEEDS),$(foreach t,source target,$(call q3_end,$(t),$(s))))
# What each set of DEVS is scored by.
Q3_DEVS_mix := $(Q3_DEVS)
Q3_DEVS_0 := $(Q3_OF_SOURCE)
Q3_DEVS_1 := $(Q3_OF_TARGET)
Q3_TRAIN_mix := source target
Q3_TRAIN_0 := source
Q3_TRAIN_1 := target
q3_mixed := $(filter mix,$(Q3_HEADS))
q3_dev_sets = $(foreach d,$(1),$(d)=$(K)/dev-$(d).tok.gz)
q3_train_sets = $(foreach t,$(1),$(t)=$(K)/$(t).tok.gz)
# An end alone on the sets of DEVS: $(call q3_score,END,SETS)
q3_score = $(if $(2),$(call score,$(K)/score-$(1).tsv,$(K)/$(1).st.gz,$(call q3_dev_sets,$(2)),$(call options,EVAL)))
$(foreach s,$(Q3_SEEDS),$(call q3_score,source-$(s),$(if $(q3_mixed),$(Q3_DEVS),$(Q3_OF_SOURCE)))$(call \
  q3_score,target-$(s),$(if $(q3_mixed),$(Q3_DEVS),$(Q3_OF_TARGET))))

# --- paths ----------------------------------------------------------------------------------------------------------
# $(call q3_walks,NAME,END,END OR NOTHING,HEADS): by each head the training sets in few points (know-NAME-HEAD), the sets of DEVS in many.
q3_walks = $(foreach h,$(4),$(call q3_walk,$(1),$(2),$(3),$(h)))
q3_walk = $(call walk,$(K),know-$(1)-$(4),$(2),$(3),--head $(4) -n $(Q3_STEPS),$(call options,EVAL),$(call \
  q3_train_sets,$(if $(filter control-%,$(1)),source,$(Q3_TRAIN_$(4)))),$(call known_options,EVAL))$(if $(Q3_DEVS_$(4)),$(call \
  walk,$(K),$(1)-$(4),$(2),$(3),--head $(4) -n $(Q3_POINTS),$(call options,EVAL),$(call \
  q3_dev_sets,$(if $(filter control-%,$(1)),$(Q3_OF_SOURCE),$(Q3_DEVS_$(4)))),$(call known_options,EVAL)))
q3_line = $(call q3_walks,line-$(1),$(K)/source-$(1).st.gz,$(K)/target-$(1).st.gz,$(Q3_HEADS))
$(foreach s,$(Q3_SEEDS),$(call q3_line,$(s)))
# The control: the source's ends of two seeds, each with the next.
q3_next = $(or $(word 2,$(wordlist $(call q3_place,$(1)),$(words $(Q3_SEEDS)),$(Q3_SEEDS))),$(firstword $(Q3_SEEDS)))
q3_place = $(words $(Q3_SEEDS:$(1)=$(1) .end)))
q3_control = $(call q3_walks,control-$(1),$(K)/source-$(1).st.gz,$(K)/source-$(call q3_next,$(1)).st.gz,mix)
