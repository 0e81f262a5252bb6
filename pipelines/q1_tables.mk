# What comes of make q1: scores, the test set, tables, figures.

# Every end and mixture on DEV and TEST; every path on TEST where DEV's loss is highest.
Q1_SETS := dev=$(Q)/dev.tok.gz $(if $(call raw,TEST),test=$(Q)/test.tok.gz)
q1_score = $(call score,$(Q)/score-$(1).tsv,$(Q)/$(1).st.gz,$(Q1_SETS),--base '$(Q)/base.st.gz' $(call options,EVAL))
Q1_ENDS := $(sort $(foreach p,$(Q1_LINES),$(Q1_FROM_$(p)) $(Q1_TO_$(p))))
$(foreach x,$(Q1_ENDS) $(Q1_MIXED),$(call q1_score,$(x)))
# $(call q1_test,PATH,CONDITION,MODELS,OPTIONS): where the barrier of the CONDITION has t_max of the PATH through the MODELS
q1_test = $(call rule,$(Q)/test-$(1).tsv,$(Q)/barrier-$(2).tsv $(3) $(Q)/base.st.gz $(Q)/test.tok.gz \
  $(MC_HOME)pipelines/cell.awk,t=$$$$(awk -v key=path -v value='$(Q)/path-$(1).tsv' -v column=t_max -f $$(MC_HOME)pipelines/cell.awk '$(call \
  here,$(Q))/barrier-$(2).tsv') && { $(call pipe,$(Q)/.test-$(1).said,$$(RUN) $$(TOOL)/mc-interp -q --base '$(Q)/base.st.gz' \
  --at "$$$$t" $(4) $(3:%='%'),$$(RUN) $$(TOOL)/mc-eval --base '$(Q)/base.st.gz' $(call options,EVAL) -o '$$@' \
  'test=$(Q)/test.tok.gz'); })
q1_ends_of = $(Q)/$(Q1_FROM_$(1)).st.gz $(Q)/$(Q1_TO_$(1)).st.gz
Q1_PATHS := $(Q1_LINES) $(Q1_UNCONNECTED:%=curve-%)
Q1_TESTED := $(if $(call raw,TEST),$(Q1_PATHS))
ifneq ($(Q1_TESTED),)
$(foreach c,$(Q1_CONDITIONS),$(foreach p,$(Q1_LINES_$(c)),$(call q1_test,$(p),$(c),$(call q1_ends_of,$(p)),$($(c).interp))))
$(foreach c,$(Q1_CURVED),$(foreach p,$(call q1_bent,$(c)),$(call q1_test,curve-$(p),curve-$(c),$(Q)/curve-$(p).st.gz)))
endif

# Tables.
Q1_CELLS := awk -f $$(MC_HOME)pipelines/q1_cells.awk
$(call rule,$(Q)/ends.tsv,$(Q1_ENDS:%=$(Q)/score-%.tsv) $(Q)/dev.tok.gz $(MC_HOME)pipelines/q1_cells.awk,majority=$$$$($$(TOOL)/mc-info \
  --ids '$(Q)/dev.tok.gz' | cut -f 1 | sort | uniq -c | \
  awk '{ n += $$$$1; if ($$$$1 > most) most = $$$$1 } END { print most / n }') && \
  $(Q1_CELLS) -v what=ends -v majority="$$$$majority" $(Q1_ENDS:%='$(call here,$(Q))/score-%.tsv') $(keep))
q1_test_row = $(1)=$(Q1_FROM_$(1:curve-%=%))=$(Q1_TO_$(1:curve-%=%))
$(call rule,$(Q)/test.tsv,$(Q1_TESTED:%=$(Q)/test-%.tsv) $(Q1_ENDS:%=$(Q)/score-%.tsv) $(MC_HOME)pipelines/q1_cells.awk,$(Q1_CELLS) -v \
  what=test -v paths='$(foreach p,$(Q1_PATHS),$(call q1_test_row,$(p)))' $(Q1_ENDS:%='$(call here,$(Q))/score-%.tsv') \
  $(Q1_TESTED:%='$(call here,$(Q))/test-%.tsv') $(keep))
$(call rule,$(Q)/mixtures.tsv,$(Q1_MIXED:%=$(Q)/score-%.tsv) $(Q1_ENDS:%=$(Q)/score-%.tsv) $(MC_HOME)pipelines/q1_cells.awk,$(Q1_CELLS) \
  -v what=mixtures $(Q1_ENDS:%='$(call here,$(Q))/score-%.tsv') $(Q1_MIXED:%='$(call here,$(Q))/score-%.tsv') $(keep))
$(call distances,$(Q),$(Q1_LINES))
q1_kinds = $(call rule,$(Q)/kinds-$(1).tsv,$(call q1_ends_of,$(1)) $(Q)/base.st.gz,$$(RUN_BRIEF) $$(TOOL)/mc-dist --base '$(Q)/base.st.gz' \
  --by kind -o '$$@' $(patsubst %,'%',$(call q1_ends_of,$(1))))
$(foreach p,$(Q1_LINES),$(call q1_kinds,$(p)))
Q1_DISTANCES := $(foreach p,$(Q1_LINES),$(Q)/distance-$(p).tsv $(Q)/kinds-$(p).tsv)
$(call rule,$(Q)/geometry.tsv,$(Q1_DISTANCES) $(MC_HOME)pipelines/geometry.awk,awk -f $$(MC_HOME)pipelines/geometry.awk $(foreach \
  f,$(Q1_DISTANCES),'$(call here,$(f))') $(keep))
# $(call q1_joined,NAME,CONDITIONS): their barriers in one table
q1_joined = $(call rule,$(Q)/$(1).tsv,$(2:%=$(Q)/barrier-%.tsv) $(MC_HOME)pipelines/condition.awk,{ $(foreach c,$(2),awk -v bare=1 -v \
  condition='$(c)' -v head=$(if $(filter $(c),$(firstword $(2))),1,0) -f $$(MC_HOME)pipelines/condition.awk '$(call \
  here,$(Q))/barrier-$(c).tsv' &&) true; } $(keep))
$(call q1_joined,barrier,$(Q1_CONDITIONS) $(Q1_CURVED:%=curve-%))
$(if $(Q1_SWEEPS),$(call q1_joined,layers,$(Q1_SWEEPS)))
$(if $(Q1_CALIBRATED),$(call q1_joined,calibrated,$(Q1_CALIBRATED)))
Q1_JOINED := ends distance test $(if $(Q1_CALIBRATED),calibrated) barrier
$(call rule,$(Q)/q1.tsv,$(Q1_JOINED:%=$(Q)/%.tsv) $(MC_HOME)pipelines/q1.awk,awk -f $$(MC_HOME)pipelines/q1.awk $(foreach t,$(Q1_JOINED),'$(call \
  here,$(Q))/$(t).tsv') $(keep))

# Differences between the conditions of an experiment, which is the family of Holm's correction: of heights, by the examples of
# all pairs, and of what else a pair has. A curve is compared with the lines of the same pairs.
Q1_COMPARED_start := $(filter order init noise scale-%,$(Q1_CONDITIONS))
Q1_COMPARED_methods := $(if $(filter $(Q1_TUNED),$(Q1_CONDITIONS)),$(filter order lora-product $(Q1_TUNED),$(Q1_CONDITIONS)))
Q1_COMPARED_across := $(filter full+% lora+%,$(Q1_CONDITIONS))
Q1_COMPARED_data := $(if $(filter halves long,$(Q1_CONDITIONS)),$(filter order halves long,$(Q1_CONDITIONS)))
Q1_COMPARED_rates := $(if $(filter rate-%,$(Q1_CONDITIONS)),$(filter order rate-%,$(Q1_CONDITIONS)))
Q1_COMPARED := $(foreach x,start methods across data rates,$(if $(Q1_COMPARED_$(x)),$(x)))
Q1_OVER := l2 cosine length accuracy
# $(call q1_operands,CONDITION,PATHS) and $(call q1_examples,CONDITION,PATHS): of all conditions of an experiment by the next
# two
q1_operands = $(2:%='$(1)=$(Q)/path-%.tsv') $(empty)
q1_examples = $(2:%=--per-example '$(Q)/each-%.tsv') $(empty)
q1_lines_compared = $(foreach c,$(Q1_COMPARED_$(1)),$(call $(2),$(c),$(Q1_LINES_$(c))))
q1_curves_compared = $(foreach c,$(Q1_CURVED),$(call $(1),$(c),$(call q1_bent,$(c)))$(call $(1),curve-$(c),$(patsubst \
  %,curve-%,$(call q1_bent,$(c)))))
# $(call q1_differences,EXPERIMENT,OPERANDS,OPTIONS)
q1_differences = $$(TOOL)/mc-barrier -q $(if $(BARRIER),$(call options,BARRIER) )--over xfit $(3)$(2)| awk -v experiment=$(1) \
  -v head=$(if $(filter $(1),$(firstword $(Q1_COMPARED))),1,0) -f $$(MC_HOME)pipelines/experiment.awk &&
q1_compare = --compare curve-$(1)$(,)$(1) $(empty)
$(call rule,$(Q)/differences.tsv,$(Q1_PATHS:%=$(Q)/path-%.tsv) $(Q1_PATHS:%=$(Q)/each-%.tsv) $(MC_HOME)pipelines/experiment.awk,{ \
  $(foreach x,$(Q1_COMPARED),$(call q1_differences,$(x),$(call q1_lines_compared,$(x),q1_operands),$(call \
  q1_lines_compared,$(x),q1_examples)))$(if $(Q1_CURVED), $(call q1_differences,curves,$(call \
  q1_curves_compared,q1_operands),$(foreach c,$(Q1_CURVED),$(call q1_compare,$(c)))$(call q1_curves_compared,q1_examples))) \
  true; } $(keep))
# $(call q1_over,EXPERIMENT,COLUMN)
q1_over = awk -v conditions='$(filter-out $(Q1_SAME_ENDS),$(Q1_COMPARED_$(1)))' -f $$(MC_HOME)pipelines/pairs.awk $(foreach \
  t,ends distance test barrier,'$(call here,$(Q))/$(t).tsv') | $$(TOOL)/mc-barrier --over $(2) - | awk -v experiment=$(1) -v head=$(if $(filter \
  $(1)-$(2),$(firstword $(Q1_COMPARED))-$(firstword $(Q1_OVER))),1,0) -f $$(MC_HOME)pipelines/experiment.awk &&
# The loss of a mixture less that of the better of its ends.
q1_over_mixtures = $$(TOOL)/mc-barrier --over above_best '$(Q)/mixtures.tsv' | awk -v experiment=mixtures -v head=$(if \
  $(Q1_COMPARED),0,1) -f $$(MC_HOME)pipelines/experiment.awk &&
$(call rule,$(Q)/over.tsv,$(Q)/ends.tsv $(Q)/distance.tsv $(Q)/test.tsv $(Q)/barrier.tsv $(MC_HOME)pipelines/pairs.awk \
  $(MC_HOME)pipelines/experiment.awk $(if $(Q1_MIXED),$(Q)/mixtures.tsv),{ $(foreach x,$(Q1_COMPARED),$(foreach v,$(Q1_OVER),$(call \
  q1_over,$(x),$(v))))$(if $(Q1_MIXED), $(q1_over_mixtures)) true; } $(keep))

# Figures: conditions beside each other, each the mean over its pairs; curves beside the lines that they replace; layers.
q1_label = $(call quote,$(or $($(1).label),$(1))$(2))
q1_drawn = $(call condition,$(call q1_label,$(1)),$(Q1_LINES_$(1):%=$(Q)/path-%.tsv) $(Q)/barrier-$(1).tsv)
q1_drawn_curve = $(call condition,$(call q1_label,$(1),$(,) curve),$(patsubst %,$(Q)/path-curve-%.tsv,$(q1_bent)) \
  $(Q)/barrier-curve-$(1).tsv)
# $(call q1_figure,EXPERIMENT,TITLE): path-EXPERIMENT.svg of the conditions that are compared there
q1_figure = $(if $(Q1_COMPARED_$(1)),$(call figure,$(Q)/path-$(1).svg,path,$(2),$(foreach c,$(Q1_COMPARED_$(1)),$(call \
  q1_drawn,$(c))),$(foreach c,$(Q1_COMPARED_$(1)),$(Q1_LINES_$(c):%=$(Q)/path-%.tsv) $(Q)/barrier-$(c).tsv))$(eval Q1_FIGURES += $(Q)/path-$(1).svg))
Q1_FIGURES :=
$(call q1_figure,start,Lines between minima: what their ends differ in)
$(call q1_figure,methods,Lines between minima of each method)
$(call q1_figure,across,Lines between minima of two methods)
$(call q1_figure,data,Lines between minima: data and steps)
$(call q1_figure,rates,Lines between minima: learning rate and batch size)
# $(call q1_curves_figure,NAME,CONDITIONS) and $(call q1_curves_figures,x,CONDITIONS): three conditions a figure, so that their
# lines can be told apart: path-curves.svg, path-curves-2.svg, ...
q1_curves_figure = $(call figure,$(Q)/$(1).svg,path,Lines and trained curves between the same minima,$(foreach c,$(2),$(call \
  q1_drawn,$(c)) $(call q1_drawn_curve,$(c))),$(foreach c,$(2),$(Q1_LINES_$(c):%=$(Q)/path-%.tsv) $(Q)/barrier-$(c).tsv $(patsubst \
  %,$(Q)/path-curve-%.tsv,$(call q1_bent,$(c))) $(Q)/barrier-curve-$(c).tsv))$(eval Q1_FIGURES += $(Q)/$(1).svg)
q1_curves_figures = $(if $(2),$(call q1_curves_figure,path-curves$(if $(word 2,$(1)),-$(words $(1))),$(wordlist \
  1,3,$(2)))$(call q1_curves_figures,$(1) x,$(wordlist 4,$(words $(2)),$(2))))
$(call q1_curves_figures,x,$(Q1_CURVED))
q1_groups = $(call figure,$(Q)/groups-$(1).svg,groups,$(2),$(call condition,'all',$(Q)/barrier-$(1).tsv \
  $(Q1_PAIRS:%=$(Q)/path-$(1)-%.tsv)),$(Q)/barrier-$(1).tsv $(Q1_PAIRS:%=$(Q)/path-$(1)-%.tsv))
$(if $(Q1_SWEEPS),$(call q1_groups,layers,One layer at a time) $(call q1_groups,growing,Growing sets of layers))
Q1_FIGURES += $(Q1_SWEEPS:%=$(Q)/groups-%.svg)
