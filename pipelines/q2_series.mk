# What make q2 and make demo make of the models of a pre-training: the series, the ends that are tuned from its steps, and lines
# between them. Named before: W, the folder; Q2_AT, the steps, and Q2_DRAWN, those whose lines are drawn; Q2_ALSO, conditions that are no
# steps, but are drawn beside them by the name Q2_LABEL_ gives them; Q2_TASKS, one (Q2_FIRST) or two (Q2_SECOND); Q2_SEEDS and Q2_PAIRS; the
# variables of q2.mk; and rules for TASK-train.tok.gz and TASK-dev.tok.gz of every task, and for init.st.gz, corpus.tok.gz and held.tok.gz or,
# where Q2_MODELS says that others have pre-trained it, for start-STEP.st.gz of every step.

# --- the series -------------------------------------------------------------------------------------------------
# start-STEP.st.gz of every step; and of a model pre-trained here series.st.gz, with all of them.
ifeq ($(Q2_MODELS),)
$(call rule,$(W)/series.st.gz,$(W)/init.st.gz $(W)/corpus.tok.gz $(W)/held.tok.gz,$$(RUN) $$(TOOL)/mc-pretrain $$(resumed) \
  --train '$(W)/corpus.tok.gz' --dev '$(W)/held.tok.gz' $(call options,Q2_PRETRAIN) --steps $(Q2_STEPS)$(if $(strip \
  $(Q2_SAVE)), --save-at $(subst $(space),$(,),$(strip $(Q2_SAVE)))) --log '$(W)/series.log.tsv' -o '$$@' < '$(W)/init.st.gz')
q2_pick = $(call rule,$(W)/start-$(1).st.gz,$(W)/series.st.gz,$$(TOOL)/mc-pick step=$(1) -o '$$@' < '$(W)/series.st.gz')
$(foreach s,$(Q2_AT),$(call q2_pick,$(s)))
endif
# How far it goes from step to step, where there is more than one, and what that tells of it.
Q2_TRAVEL := $(if $(word 2,$(Q2_AT)),$(W)/series.tsv $(W)/series.said)
$(call rule,$(W)/series.tsv,$(Q2_AT:%=$(W)/start-%.st.gz) $(MC_HOME)pipelines/q2_steps.awk,$$(RUN_BRIEF) cat \
  $(Q2_AT:%='$(W)/start-%.st.gz') | $$(TOOL)/mc-dist --series | awk -v steps='$(Q2_AT)' -f $$(MC_HOME)pipelines/q2_steps.awk $(keep))
$(call rule,$(W)/series.said,$(Q2_AT:%=$(W)/start-%.st.gz) $(W)/series.tsv $(MC_HOME)pipelines/q2_history.awk,$$(TOOL)/mc-info --digest \
  $(Q2_AT:%='$(W)/start-%.st.gz') | awk -v steps='$(Q2_AT)' -f $$(MC_HOME)pipelines/q2_history.awk - '$(call here,$(W))/series.tsv' $(keep))
# $(call q2_told,TABLES): sentences, of the heights and of the series
q2_told = awk -f $$(MC_HOME)pipelines/q2_say.awk $(1) && cat /dev/null $(patsubst %,'%',$(filter %.said,$(Q2_TRAVEL)))

# --- ends and lines of one task ------------------------------------------------------------------------------------
q2_seeds = --seed 0 --seed-order $(1) --seed-dropout $(1)
# $(call q2_tuned,NAME,START,TASK,SEED)
q2_tuned = $(call tune_summed,$(W)/$(1),$(W)/$(2).st.gz,$(W)/$(3)-train.tok.gz,$(call options,Q2_RECIPE) $(call \
  q2_seeds,$(4)),,$(call known_options,Q2_RECIPE))
q2_end = $(call q2_tuned,$(1)-$(2)-$(3),start-$(2),$(1),$(3))$(call \
  score,$(W)/score-$(1)-$(2)-$(3).tsv,$(W)/$(1)-$(2)-$(3).st.gz,$(1)=$(W)/$(1)-dev.tok.gz,$(call options,EVAL))
$(foreach t,$(Q2_TASKS),$(foreach s,$(Q2_AT),$(foreach k,$(Q2_SEEDS),$(call q2_end,$(t),$(s),$(k)))))
# $(call q2_line,CONDITION,PAIR,TASK): between CONDITION-SEED and CONDITION-SEED
q2_line = $(call connect,$(W),$(1)-$(2),$(W)/$(1)-$(call first_of,$(2)).st.gz,$(W)/$(1)-$(call \
  second_of,$(2)).st.gz,-n $(Q2_POINTS),$(call options,EVAL),$(3)=$(W)/$(3)-dev.tok.gz,$(call known_options,EVAL))
$(foreach t,$(Q2_TASKS),$(foreach s,$(Q2_AT),$(foreach p,$(Q2_PAIRS),$(call q2_line,$(t)-$(s),$(p),$(t)))))

# --- lines between the tasks ----------------------------------------------------------------------------------------
# With the head of end 0 on the first task, with that of end 1 on the second.
q2_both = $(call walk,$(W),both-$(1)-$(2)-0,$(W)/$(Q2_FIRST)-$(1)-$(2).st.gz,$(W)/$(Q2_SECOND)-$(1)-$(2).st.gz,--head 0 -n \
  $(Q2_POINTS),$(call options,EVAL),$(Q2_FIRST)=$(W)/$(Q2_FIRST)-dev.tok.gz,$(call known_options,EVAL))$(call \
  walk,$(W),both-$(1)-$(2)-1,$(W)/$(Q2_FIRST)-$(1)-$(2).st.gz,$(W)/$(Q2_SECOND)-$(1)-$(2).st.gz,--head 1 -n $(Q2_POINTS),$(call \
  options,EVAL),$(Q2_SECOND)=$(W)/$(Q2_SECOND)-dev.tok.gz,$(call known_options,EVAL))
$(if $(Q2_SECOND),$(foreach s,$(Q2_AT),$(foreach k,$(Q2_SEEDS),$(call q2_both,$(s),$(k)))))
