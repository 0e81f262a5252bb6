# The paper in miniature, on the built-in synthetic language: no download, three minutes at most.
#
# Question: does pre-training pull the minima together that are tuned from it, and where it does not, does a curve join them? A
# small BERT is pre-trained on DEMO_CORPUS lines, from random weights (step 0) to DEMO_STEPS, and written at DEMO_SAVE too. From
# each of these starts one task (sentiment) is tuned for every seed in DEMO_PAIRS, which gives the order of its data; and once more
# from random weights of the seed's own. Every pair is joined by a line of DEMO_POINTS points; where mc-barrier does not call the
# line connected, by a curve of one bend too, trained on seven eighths of the training set and chosen on the rest. Ends in
# out/demo/report.html. It is make q2 (q2_series.mk, q2_tables.mk) with texts of its own, random starts and curves.

.PHONY: demo run-demo run-demo-curves
demo: programs run-demo

ifneq ($(call asked,demo run-demo run-demo-curves,DEMO),)
$(foreach v,DEMO_CORPUS DEMO_STEPS DEMO_TRAIN DEMO_DEV,$(call number,$(v)))
$(call points,DEMO_POINTS)
$(call words_of_shell,DEMO_PRETRAIN DEMO_RECIPE DEMO_CURVE RUN)
$(call without_options,DEMO_PRETRAIN,$(options_of_runs) --dev --steps --trace)
$(call without_options,DEMO_RECIPE,$(options_of_ends))
$(call without_options,DEMO_CURVE,$(options_of_curves))
$(call output_folder,DEMO)
$(call pairs,DEMO_PAIRS)
D := $(patsubst %/,%,$(call raw,DEMO))

# What the rules of make q2 read. What they made of it for make q2 itself, on the same command line, stays.
W := $(D)
override Q2_MODELS :=
override Q2_AT := $(call saved_steps,DEMO_SAVE,DEMO_STEPS)
override Q2_DRAWN := $(Q2_AT)
override Q2_ALSO := own
override Q2_LABEL_own := random starts of their own
override Q2_TASKS := sentiment
override Q2_FIRST := sentiment
override Q2_SECOND :=
override Q2_PAIRS := $(DEMO_PAIRS)
override Q2_SEEDS := $(sort $(subst -, ,$(DEMO_PAIRS)))
override Q2_STEPS := $(DEMO_STEPS)
override Q2_SAVE := $(DEMO_SAVE)
override Q2_PRETRAIN = $(DEMO_PRETRAIN)
override Q2_RECIPE = $(DEMO_RECIPE)
override Q2_POINTS := $(DEMO_POINTS)
override EVAL :=
override BARRIER :=

# The language, its text and its sets.
$(call language,$(D)/lang)
$(call rule,$(D)/corpus.txt,,$$(TOOL)/mc-synth --corpus -n $(DEMO_CORPUS) -o '$$@')
demo_corpus = $(call corpus,$(D)/$(1).tok.gz,$(2),$(D)/corpus.txt,$(D)/lang,$(D)/corpus.txt $(D)/lang/config.json)
$(call demo_corpus,corpus,$(corpus_block) >= 1)
$(call demo_corpus,held,$(corpus_block) < 1)
$(call init,$(D)/init.st.gz,$(D)/lang)
demo_set = $(call synthetic,$(D)/sentiment-$(1).tok.gz,$(D)/lang,--task sentiment --split $(1) -n $(2),--task sentiment)
$(call demo_set,train,$(DEMO_TRAIN))
$(call demo_set,dev,$(DEMO_DEV))

include $(addprefix $(MC_HOME)pipelines/,q2_series.mk q2_tables.mk)

# The same from random weights of each end's own.
demo_own = $(call init,$(D)/own-start-$(1).st.gz,$(D)/lang,--seed-init $(1))$(call q2_tuned,own-$(1),own-start-$(1),sentiment,$(1))
$(foreach s,$(Q2_SEEDS),$(call demo_own,$(s)))
$(foreach p,$(Q2_PAIRS),$(call q2_line,own,$(p),sentiment))
$(call heights,$(D),own,$(Q2_PAIRS:%=own-%))
DEMO_CONDITIONS := own $(Q2_CONDITIONS)

# Curves, once it is known which lines are not connected.
$(call hold_out,$(D)/curves,$(D)/sentiment-train.tok.gz,8)
run-demo: $(D)/barrier.tsv $(D)/barrier-own.tsv
ifeq ($(and $(dry),$(if $(wildcard $(D)/barrier.tsv),,1)),)
	+@$(again) run-demo-curves
endif

ifneq ($(filter run-demo-curves,$(wanted)),)
DEMO_BENT := $(filter $(Q2_LINES) $(Q2_LINES_ALSO),$(call unconnected,$(DEMO_CONDITIONS:%=$(D)/barrier-%.tsv)))
demo_bent = $(filter $(Q2_PAIRS:%=$(1)-%),$(DEMO_BENT))
DEMO_CURVED := $(foreach c,$(DEMO_CONDITIONS),$(if $(call demo_bent,$(c)),$(c)))
demo_label = $(if $(filter own,$(1)),random starts of their own,$(1:sentiment-%=step %))
# $(call demo_curve,LINE,CONDITION,PAIR)
demo_curve = $(call curve,$(D)/curve-$(1),$(D)/$(2)-$(call first_of,$(3)).st.gz,$(D)/$(2)-$(call \
  second_of,$(3)).st.gz,$(D)/sentiment-train.tok.gz,$(D)/curves,,$(call options,DEMO_CURVE),$(call known_options,DEMO_CURVE))$(call \
  walk,$(D),curve-$(1),$(D)/curve-$(1).st.gz,,-n $(DEMO_POINTS),,sentiment=$(D)/sentiment-dev.tok.gz)
$(foreach c,$(DEMO_CURVED),$(foreach l,$(call demo_bent,$(c)),$(call demo_curve,$(l),$(c),$(patsubst $(c)-%,%,$(l)))))
$(foreach c,$(DEMO_CURVED),$(call heights,$(D),curve-$(c),$(patsubst %,curve-%,$(call demo_bent,$(c)))))
$(call joined,$(D),heights,barrier-,$(DEMO_CONDITIONS) $(DEMO_CURVED:%=curve-%))

# Beside the curves the lines that they go around: curves-own.svg and curves-steps.svg, where there are any.
demo_paths = $(call condition,$(call quote,$(call demo_label,$(1))$(,) $(2)),$(3:%=$(D)/path-%.tsv))
demo_beside = $(call demo_paths,$(1),lines,$(call demo_bent,$(1)))$(call demo_paths,$(1),curves,$(patsubst %,curve-%,$(call \
  demo_bent,$(1))))
# $(call demo_figure,NAME,CONDITIONS)
demo_figure = $(if $(2),$(eval DEMO_FIGURES += $(D)/curves-$(1).svg)$(call figure,$(D)/curves-$(1).svg,path,Lines that are not connected$(,) and \
  curves between the same ends,$(foreach c,$(2),$(call demo_beside,$(c))),$(foreach c,$(2),$(foreach l,$(call \
  demo_bent,$(c)),$(D)/path-$(l).tsv $(D)/path-curve-$(l).tsv))))
DEMO_FIGURES :=
$(call demo_figure,own,$(filter own,$(DEMO_CURVED)))
$(call demo_figure,steps,$(filter-out own,$(DEMO_CURVED)))

# The page: what was done, and in a sentence each what has come of it.
demo_tables := $(D)/q2.tsv $(D)/differences.tsv $(D)/heights.tsv $(Q2_TRAVEL)
$(call rule,$(D)/found.said,$(demo_tables) $(MC_HOME)pipelines/q2_say.awk $(MC_HOME)pipelines/demo_say.awk,{ $(call \
  q2_told,'$(call here,$(D))/q2.tsv' '$(call here,$(D))/differences.tsv') && awk -f $$(MC_HOME)pipelines/demo_say.awk '$(call here,$(D))/heights.tsv'; } $(keep))
$(call rule,$(D)/machine.about,$(MC_HOME)pipelines/machine.sh,bash $$(MC_HOME)pipelines/machine.sh $$(TOOL) $(keep))
$(call report,$(D)/report.html,Mode connectivity of a synthetic language,pipelines/demo.txt,$(call part,$(D)/found.said,What this run has found) \
  $(call part,$(D)/path.svg,Loss and accuracy on the dev set along the lines; $(DEMO_POINTS) points each. Thick lines are means over pairs$(,) thin ones single pairs$(,) bands 95 % intervals of the mean.) \
  $(call part,$(D)/steps.svg,Height of the barrier$(,) accuracy of the ends and their distance against the step of the pre-training; whiskers are 95 % intervals$(,) the dotted line the most frequent label.) \
  $(foreach f,$(DEMO_FIGURES),$(call part,$(f),Lines that are not connected$(,) and a curve of one bend between the same ends.)) \
  $(call part,$(D)/q2.tsv,A row a start: pairs by verdict$(,) loss of the ends and highest loss$(,) height with its interval over pairs$(,) accuracy of the ends$(,) mean distance; marked: pairs with an end not five points above the most frequent label.) \
  $(call part,$(D)/heights.tsv,Every definition of the height of the barrier$(,) with its interval and the verdict$(,) of lines and of curves (docs/barrier.md). Rows named all are over the pairs of a start.) \
  $(call part,$(D)/distance.tsv,Distance between the ends of every pair.) \
  $(call part,$(D)/series.svg,The pre-training itself: loss of masked words.) $(call part,$(D)/machine.about,Programs and machine),$(D)/found.said $(D)/machine.about $(D)/q2.tsv $(D)/heights.tsv $(D)/distance.tsv $(D)/path.svg \
  $(D)/steps.svg $(DEMO_FIGURES) $(D)/series.svg)
run-demo-curves: private demo_said := $(call here,$(D))/found.said
run-demo-curves: $(D)/report.html $(D)/path.png $(call with_pdf,$(D)/path.svg $(D)/steps.svg $(DEMO_FIGURES) $(D)/series.svg) $(Q2_TRAVEL)
	@cat '$(demo_said)'
	@$(call families,$(patsubst %/,%,$(dir $(demo_said))))
	@echo 'the report: $(D)/report.html'
else
$(D)/report.html: run-demo
endif
endif
