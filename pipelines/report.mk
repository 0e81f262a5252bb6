# What lies in a folder of results as one page.
#
#   make report OUT=out/name
#
# OUT is the OUT of make path, q1, q2, q3 or methods, of one of them or of several; the page is OUT/report.html, which needs no other file.

.PHONY: report run-report
report: programs run-report

ifneq ($(filter report run-report,$(wanted)),)
$(call needed,OUT,$(CALLED) report needs OUT=folder)
$(call output_folder,OUT)
$(if $(call is_dir,$(call raw,OUT)),,$(error OUT=$(call raw,OUT): no such folder))
run-report:
	@bash $(MC_HOME)pipelines/report.sh $(TOOL) '$(call raw,OUT)'
endif
