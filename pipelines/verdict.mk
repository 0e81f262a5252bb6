# The verdict of the line between two finished models, from as few points and examples as will do.
#
#   make verdict A=dirA B=dirB DEV=dev.tsv OUT=out/name
#
# Looks at few points on an eighth of the examples, then at more of both, and stops when the verdict is in (pipelines/verdict.tsv lists the
# looks). All looks together have the confidence VERDICT_CONFIDENCE. Ends in OUT/verdict.tsv, a row a look, with what it has cost: examples x
# points, and their share of a sweep of 26 points. The other variables are those of make path. METRIC is that of mc-barrier, but for loss_cal: a temperature is fitted to all examples of a
# run of mc-eval, and a look evaluates only those that it adds.

.PHONY: verdict run-verdict
verdict: programs run-verdict

ifneq ($(call asked,verdict run-verdict,OUT),)
ifneq ($(VERDICT_USAGE),)
$(call one_line,METRIC VERDICT_CONFIDENCE)
$(if $(shell awk -v p=$(call quote_now,$(VERDICT_CONFIDENCE)) 'BEGIN { exit !(p > 0 && p < 1) }' && echo 1),,$(error \
  VERDICT_CONFIDENCE=$(VERDICT_CONFIDENCE) is no number between 0 and 1))
$(call one_of,METRIC,loss accuracy exact_match token_f1)
$(call without_options,EVAL,--examples --after --calibrate)
$(call without_options,BARRIER,--metric --confidence)
endif
ifneq ($(JOINS),)
run-verdict: $(P)/verdict.tsv
	@awk -F '\t' -v of=$(METRIC) -f $(MC_HOME)plots/notes.awk -f $(MC_HOME)pipelines/verdict.awk '$(call here,$(P))/verdict.tsv'
	@$(call families,$(P))
$(call rule,$(P)/verdict.tsv,$(P)/A.st.gz $(P)/B.st.gz $(BASE_FILE) $(P)/dev.tok.gz $(MC_HOME)pipelines/verdict.sh $(MC_HOME)pipelines/verdict.tsv \
  $(MC_HOME)pipelines/join_looks.awk,$$(judged) $$(RUN) bash $$(MC_HOME)pipelines/verdict.sh $$(TOOL) '$(P)' '$(P)/A.st.gz' '$(P)/B.st.gz' \
  '$(P)/dev.tok.gz' $(VERDICT_CONFIDENCE) $(METRIC) $(call quote,$(BASE_OPTION) --head $(HEAD) --space $(SPACE)) $(call \
  quote,$(BASE_OPTION) $(EVAL)) $(call quote,$(BARRIER)),$(call known_options,EVAL) $(call known_options,BARRIER))
endif
endif
