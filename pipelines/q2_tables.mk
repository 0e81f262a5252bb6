# What comes of make q2: scores of ends, heights and widths against steps, their differences, figures.

# Of (TASK, STEP) and of STEP, in the order of the steps.
Q2_CONDITIONS := $(foreach t,$(Q2_TASKS),$(Q2_AT:%=$(t)-%))
$(foreach c,$(Q2_CONDITIONS),$(call heights,$(W),$(c),$(Q2_PAIRS:%=$(c)-%)))
$(call joined,$(W),barrier,barrier-,$(Q2_CONDITIONS))

# Ends, with the share of the most frequent label of their task.
q2_ends := $(foreach c,$(Q2_CONDITIONS),$(Q2_SEEDS:%=$(c)-%))
q2_majority = $(1)=$$$$($$(TOOL)/mc-info --ids '$(W)/$(1)-dev.tok.gz' | cut -f 1 | sort | uniq -c | awk '{ n += $$$$1; if ($$$$1 > most) \
  most = $$$$1 } END { print most / n }')
$(call rule,$(W)/ends.tsv,$(q2_ends:%=$(W)/score-%.tsv) $(Q2_TASKS:%=$(W)/%-dev.tok.gz) $(MC_HOME)pipelines/q2_ends.awk,majority="$(foreach \
  t,$(Q2_TASKS),$(call q2_majority,$(t)))" && awk -v majority="$$$$majority" -f $$(MC_HOME)pipelines/q2_ends.awk $(q2_ends:%='$(call \
  here,$(W))/score-%.tsv') $(keep))
Q2_LINES := $(foreach c,$(Q2_CONDITIONS),$(Q2_PAIRS:%=$(c)-%))
Q2_LINES_ALSO := $(foreach c,$(Q2_ALSO),$(Q2_PAIRS:%=$(c)-%))
$(call distances,$(W),$(Q2_LINES) $(Q2_LINES_ALSO))
$(call rule,$(W)/q2.tsv,$(W)/ends.tsv $(W)/distance.tsv $(W)/barrier.tsv $(MC_HOME)pipelines/q2.awk $(MC_HOME)plots/student.awk,awk -f $$(MC_HOME)plots/student.awk -f $$(MC_HOME)pipelines/q2.awk $(foreach \
  t,ends distance barrier,'$(call here,$(W))/$(t).tsv') $(keep))

# Lines between the tasks: how far from its own end each task keeps its accuracy.
q2_reach = $(call rule,$(W)/reach-$(1)-$(2).tsv,$(Q2_SEEDS:%=$(W)/path-both-$(1)-%-$(2).tsv),$$(TOOL)/mc-barrier -q --metric accuracy \
  --width $(Q2_WIDTH) -o '$$@' $(Q2_SEEDS:%='$(W)/path-both-$(1)-%-$(2).tsv'))
ifneq ($(Q2_SECOND),)
$(foreach s,$(Q2_AT),$(foreach h,0 1,$(call q2_reach,$(s),$(h))))
q2_reaches := $(foreach s,$(Q2_AT),$(W)/reach-$(s)-0.tsv $(W)/reach-$(s)-1.tsv)
$(call rule,$(W)/both.tsv,$(q2_reaches) $(MC_HOME)pipelines/q2_both.awk,awk -f $$(MC_HOME)pipelines/q2_both.awk $(foreach f,$(q2_reaches),'$(call \
  here,$(f))') $(keep))
endif

# Differences: every step less the first one, which is a family of Holm's correction for each task, and for the widths.
q2_first := $(firstword $(Q2_AT))
q2_compared = $(foreach s,$(filter-out $(q2_first),$(Q2_AT)),--compare $(1)$(s)$(,)$(1)$(q2_first))
q2_of = $(foreach s,$(Q2_AT),$(Q2_PAIRS:%=--per-example '$(W)/each-$(1)-$(s)-%.tsv'))
q2_operands = $(foreach s,$(Q2_AT),$(Q2_PAIRS:%='$(1)-$(s)=$(W)/path-$(1)-$(s)-%.tsv'))
q2_differences = $$(TOOL)/mc-barrier -q $(if $(BARRIER),$(call options,BARRIER) )--over xfit $(call q2_compared,$(1)-) $(call \
  q2_of,$(1)) $(call q2_operands,$(1)) | awk -v experiment=$(1) -v head=$(if $(filter $(1),$(Q2_FIRST)),1,0) -f \
  $$(MC_HOME)pipelines/experiment.awk &&
q2_widths = $$(TOOL)/mc-barrier --over width $(q2_compared) '$(W)/both.tsv' | awk -v experiment=width -v head=0 -f \
  $$(MC_HOME)pipelines/experiment.awk &&
$(call rule,$(W)/differences.tsv,$(Q2_LINES:%=$(W)/path-%.tsv) $(Q2_LINES:%=$(W)/each-%.tsv) $(if $(Q2_SECOND),$(W)/both.tsv) \
  $(MC_HOME)pipelines/experiment.awk,{ $(foreach t,$(Q2_TASKS),$(call q2_differences,$(t))) $(if $(Q2_SECOND),$(q2_widths)) true; } $(keep))

# Figures: heights, accuracies and widths against steps; the lines of the steps Q2_DRAWN; the pre-training itself.
Q2_FIGURES := $(W)/steps.svg $(W)/path.svg $(if $(Q2_MODELS),,$(W)/series.svg)
$(call draw,$(W)/steps,svg pdf,steps,--title $(call quote,Minima tuned from the steps of a pre-training) '$(W)/q2.tsv' \
  '$(W)/differences.tsv',$(W)/q2.tsv $(W)/differences.tsv)
q2_drawn = $(call condition,$(1),$(Q2_PAIRS:%=$(W)/path-$(2)-%.tsv) $(W)/barrier-$(2).tsv)
$(call figures,$(W)/path,path,Lines between minima$(,) before and after pre-training,$(foreach t,$(Q2_TASKS),$(foreach \
  s,$(Q2_DRAWN),$(call q2_drawn,$(call quote,$(t)$(,) step $(s)),$(t)-$(s))))$(foreach c,$(Q2_ALSO),$(call q2_drawn,$(call \
  quote,$(Q2_LABEL_$(c))),$(c))),$(foreach t,$(Q2_TASKS),$(foreach s,$(Q2_DRAWN),$(Q2_PAIRS:%=$(W)/path-$(t)-$(s)-%.tsv) $(W)/barrier-$(t)-$(s).tsv)) \
  $(Q2_LINES_ALSO:%=$(W)/path-%.tsv) $(Q2_ALSO:%=$(W)/barrier-%.tsv))
$(if $(Q2_MODELS),,$(call draw,$(W)/series,svg pdf,train,'$(W)/series.log.tsv',$(W)/series.st.gz))
