# What the pipelines share: words that reach the shell as data, rules that remember how their targets were made, checks
# before anything runs, and one rule for every kind of stage. The other files list conditions.
#
# A rule's command is one line of the shell, in which $(RUN), $(TOOL) and $(MC_HOME) stay as they are: where programs and scripts
# lie, and what runs them, changes no result. A command that names $(RUN) is run by it as a whole, with its pipes and what it reads and
# writes: RUN bash -c COMMAND, so that on a cluster it is one job on one node, whose pipes stay there. So is one that names $(RUN_BRIEF), of what reads
# models or text, but needs no job of its own where `mctools submit` makes jobs of stages; the stamp does not have that word. Beside its first target,
# `.NAME.stamp` keeps the command and what is known of the files from outside (name, size, time); it goes before the command starts and
# comes back when all has gone well. Where it is not what is asked for now, the targets are made again: whatever changed, and however the
# last run ended.
#
# A training that was ended goes on where it was: $(resumed) in a command stands for the options that write its state beside the
# target, to `.NAME.state`, and begin with what lies there, if it is of the very run that is asked for now. It changes no result, so
# the stamp does not have it. The state goes once the stage has succeeded. Nor has it $(judged), which ends a stage before it computes anything.
#
# Before it: CALLED, what the user calls (make, mctools), and MAKEFILE, the file that make was given.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules
# The folder of pipelines/ and plots/, with a / behind it, or nothing where make runs in that folder: files of theirs are named from it,
# and files of the user's from where make runs.
MC_HOME := $(patsubst %pipelines/rules.mk,%,$(lastword $(MAKEFILE_LIST)))
# What a makefile includes behind this one.
pipelines := $(addprefix $(MC_HOME)pipelines/,models.mk path.mk verdict.mk methods.mk q1.mk q2.mk q3.mk demo.mk report.mk)

, := ,
empty :=
space := $(empty) $(empty)
define newline


endef
tab := $(empty)	$(empty)
hash := \#

# --- words -----------------------------------------------------------------------------------------------
# A variable as it was typed: a $ on the command line is a letter.
raw = $(if $(filter command,$(firstword $(origin $(1)))),$(value $(1)),$($(1)))
# Text as one word of the shell, at once; and in a recipe, where make reads it once more.
quote_now = '$(subst ','\'',$(1))'
quote = '$(subst $$,$$$$,$(subst ','\'',$(1)))'
# Options in a variable, words of the shell already.
options = $(subst $$,$$$$,$($(1)))
same = $(if $(subst x$(1),,x$(2))$(subst x$(2),,x$(1)),,1)
# A file of one line. (GNU make 4.3 does not always take the last newline away.)
line_of = $(subst $(newline),,$(file <$(1)))
# -n among make's own options.
dry := $(findstring n,$(filter-out ---%,$(firstword -$(MAKEFLAGS))))

# What is asked for. `part-GOAL FILES='FILE ...'` is these files, as GOAL makes them, and nothing else of GOAL.
parts := $(patsubst part-%,%,$(filter part-%,$(MAKECMDGOALS)))
wanted := $(or $(parts),$(MAKECMDGOALS))
FILES :=
.PHONY: $(parts:%=part-%)
$(parts:%=part-%): $(FILES)
	@:
# Whether one of these goals, or a file in the folder that a variable names, is to be made: $(call asked,GOALS,VARIABLE), or in a part
# of that folder which is of nobody else: $(call asked,GOALS,VARIABLE,PART/)
asked = $(filter $(1) $(call raw,$(2))/$(3)%,$(if $(3),$(wanted),$(filter-out $(addprefix $(call raw,$(2))/,q2/% q3/%),$(wanted))))

# --- what is known of files from outside -------------------------------------------------------------------
is_dir = $(shell [ -d $(call quote_now,$(1)) ] && echo 1)
is_file = $(shell [ -e $(call quote_now,$(1)) ] && [ ! -d $(call quote_now,$(1)) ] && [ -r $(call quote_now,$(1)) ] && echo 1)
has_file = $(shell [ -e $(call quote_now,$(1))/$(2) ] && echo 1)
known_file = $(1) $(shell stat -Lc '%s %.9Y' -- $(call quote_now,$(1)))
# $(1) directory, $(2) patterns
known_dir = $(1) $(shell shopt -s nullglob; CDPATH= cd -- $(call quote_now,$(1)); stat -Lc '%n %s %.9Y' -- $(2) 2>/dev/null)
known_model = $(if $(call is_dir,$(1)),$(call known_dir,$(1),*.json *.safetensors *.bin *.txt *.model),$(call known_file,$(1)))
known_tokenizer = $(call known_dir,$(1),tokenizer*.json vocab.* merges.txt *.model special_tokens_map.json added_tokens.json config.json)
# Files that options name.
known_options = $(foreach f,$(wildcard $(subst =, ,$($(1)))),$(call known_file,$(f)))

# --- checks ------------------------------------------------------------------------------------------------
# variables.tsv says what each goal reads, what it is where it is not given, and what it means. A row of it is a word here: ¶ is a
# tab, § a blank.
variable_rows := $(filter-out goals¶%,$(subst $(space),§,$(subst $(tab),¶,$(file <$(MC_HOME)pipelines/variables.tsv))))
cell = $(subst §, ,$(subst ¶,,$(word $(2),$(subst ¶, ¶,$(1)))))
goal_rows = $(foreach r,$(variable_rows),$(if $(filter $(1),$(call cell,$(r),1)),$(r)))
table_goals := path paper verdict methods models q1 q2 q3 demo report
$(foreach g,$(table_goals),$(eval VARIABLES_$(g) := $(foreach r,$(call goal_rows,$(g)),$(call cell,$(r),2))))
VARIABLES_q1-curves := $(VARIABLES_q1)
VARIABLES_q3-paths := $(VARIABLES_q3)
variables := $(sort $(foreach g,$(table_goals),$(VARIABLES_$(g))))
# $(call default,GOAL,VARIABLE)
default = $(strip $(foreach r,$(call goal_rows,$(1)),$(if $(filter $(2),$(call cell,$(r),2)),$(call cell,$(r),3))))
# What every goal takes.
VARIABLES_all := V SAN ISAL ONEDNN CC CPPFLAGS CFLAGS LDFLAGS BUILD TOOL PREFIX DESTDIR FILES PLAN SHELL MAKE MAKEFLAGS MAKECMDGOALS LC_ALL
given := $(sort $(foreach v,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(v)))),$(v))))
# Programs do not get them: make would read each once more for that, and a name may have the letters of $(shell ...).
unexport $(filter $(variables),$(given))
# What steers is said on the command line or in these files: the environment has variables named A, RUN, MODEL for itself.
# (make parity and make bench, which share some names, still listen to it.)
ifeq ($(filter parity run-parity bench run-bench,$(wanted)),)
$(foreach v,$(filter $(variables),$(.VARIABLES)),$(if $(filter environment,$(firstword $(origin $(v)))),$(eval override undefine $(v))))
endif
# Tables have points and names are sorted by bytes, whatever the user's locale; gnuplot wants one of UTF-8.
export LC_ALL := $(or $(shell locale -a 2>/dev/null | grep -ixm 1 'c\.utf-\?8'),C)
# What no goal reads that is asked for does not stand on the command line.
goals := $(strip $(foreach g,path paper verdict methods models q1 q1-curves q2 q3 q3-paths demo report,$(if $(filter $(g) run-$(g),$(wanted)),$(g))))
known := $(sort $(foreach g,$(goals),$(VARIABLES_$(g))))
$(foreach v,$(if $(goals),$(filter-out $(known) $(VARIABLES_all) -%,$(given))),$(error $(v)= is no variable of $(CALLED) \
  $(firstword $(goals)): $(shell awk -f $(MC_HOME)pipelines/near.awk $(call quote_now,$(v)) $(patsubst %,'%',$(subst %,*,$(known))))))
# What is not given: as the goal that is asked for has it, or the first that has it.
set_default = $(eval $(call cell,$(1),2) ?= $(call cell,$(1),3))
$(foreach r,$(foreach g,$(goals),$(call goal_rows,$(g))) $(variable_rows),$(if $(findstring %,$(call cell,$(r),2)),,$(call set_default,$(r))))
one_line = $(foreach v,$(1),$(if $(findstring $(newline),$(call raw,$(v))),$(error $(v)= has more than one line)))
needed = $(foreach v,$(1),$(if $(call raw,$(v)),,$(error $(v)= is missing: $(2))))
one_of = $(if $(filter-out 1,$(words $($(1))))$(filter-out $(2),$($(1))),$(error $(1)=$($(1)) is none of $(2)))
strip_digits = $(subst 0,,$(subst 1,,$(subst 2,,$(subst 3,,$(subst 4,,$(subst 5,,$(subst 6,,$(subst 7,,$(subst 8,,$(subst 9,,$(1)))))))))))
is_number = $(and $(filter 1,$(words $(1))),$(if $(call strip_digits,$(1)),,1))
# $(call no_zero_first,VARIABLE,NUMBERS IN IT,WHAT)
no_zero_first = $(foreach n,$(filter-out 0,$(filter 0%,$(2))),$(error $(1)=$(call raw,$(1)): $(n): $(3) is written without a 0 in front))
number = $(if $(call is_number,$($(1))),,$(error $(1)=$($(1)) is no whole number))$(call no_zero_first,$(1),$($(1)),a number)
# Seconds, with a part of one or without.
seconds = $(if $(and $(filter 1,$(words $($(1)))),$(filter 1 2,$(words $(subst ., ,$($(1))))),$(call is_number,$(subst .,,$($(1))))),,$(error \
  $(1)=$($(1)) is no number of seconds))
# A number that is not negative.
real = $(if $(shell [[ $(call quote_now,$($(1))) =~ ^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$$ ]] || echo 1),$(error $(1)=$($(1)) is no number))
points = $(call number,$(1))$(if $(filter 0 1,$($(1))),$(error $(1)=$($(1)): a path has two ends))
# $(call saved_steps,VARIABLE,LAST): the steps that the variable names, and behind them the one that the variable LAST does
saved_steps = $(foreach s,$($(1)),$(if $(call is_number,$(s)),,$(error $(1)=$($(1)): $(s) is no step))$(call \
  no_zero_first,$(1),$(s),a step)$(if $(filter \
  1,$(words $(filter $(s),$($(1))))),,$(error $(1)=$($(1)): $(s) is there twice)))$(call \
  saved_steps_of,$(1),$(2),$(shell printf '%s\n' $($(1)) $($(2)) | sort -nu))
saved_steps_of = $(if $(filter $($(2)),$(lastword $(3))),$(3),$(error $(1)=$($(1)): the last step is $(2)=$($(2))))
# $(call words_of,VARIABLE,WORDS): some of WORDS, each once
words_of = $(foreach w,$($(1)),$(if $(filter $(2),$(w)),,$(error $(1)=$($(1)): $(w) is none of $(2)))$(call once,$(1),$(w)))
once = $(if $(word 2,$(filter $(2),$($(1)))),$(error $(1)=$($(1)): $(2) is there twice))
# $(call positive,VARIABLE,KIND): numbers above 0, whole or real, each value once; none is enough.
positive = $(foreach n,$($(1)),$(if $(shell awk -v kind=$(2) -- 'BEGIN { n = ARGV[1]; exit !(n > 0 && n ~ (kind == "whole" ? "^[0-9]+$$" : \
  "^([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$$")) }' $(call quote_now,$(n)) || echo 1),$(error $(1)=$($(1)): $(n) is no $(patsubst whole,whole ,$(filter whole,$(2)))number above \
  0)))$(foreach n,$(shell printf '%s\n' $($(1)) | awk 'seen[$$1 + 0]++'),$(error $(1)=$($(1)): $(n) is there twice))
# How wide figures are on paper: of the command line alone, and judged whatever is made.
ifneq ($(filter command,$(firstword $(origin WIDTH))),)
$(call one_line,WIDTH)
width_said := $(if $(call raw,WIDTH),$(shell awk -f $(MC_HOME)plots/length.awk -- $(call quote_now,$(call raw,WIDTH))))
$(if $(call raw,WIDTH),$(if $(filter-out 0,$(.SHELLSTATUS)),$(error WIDTH=$(call raw,WIDTH) $(width_said))))
else
override undefine WIDTH
endif
# What mc-finetune --method tunes.
methods := full adapter lora prefix bitfit head
# Pairs of seeds.
pairs = $(if $(strip $($(1))),,$(error $(1)= is empty))$(if $(filter-out $(words $($(1))),$(words $(sort $($(1))))),$(error \
  $(1)=$($(1)): a pair is there twice))$(foreach p,$($(1)),$(call pair,$(1),$(p),$(subst -, ,$(p))))
pair = $(if $(and $(filter 2,$(words $(3))),$(filter $(2),$(firstword $(3))-$(lastword $(3))),$(call is_number,$(subst -,,$(2)))),,$(error \
  $(1)=$($(1)): '$(2)' is no pair of seeds such as 1-2))$(if $(filter-out 0,$(filter 0%,$(3))),$(error $(1)=$($(1)): '$(2)': a seed \
  is written without a 0 in front))$(if $(filter 1,$(words $(sort $(3)))),$(error $(1)=$($(1)): '$(2)' joins a seed with itself))$(if \
  $(filter $(lastword $(3))-$(firstword $(3)),$($(1))),$(error $(1)=$($(1)): '$(2)' is there the other way round too))
# Options that the shell cannot cut into words.
words_of_shell = $(foreach v,$(1),$(if $(shell bash -nc $(call quote_now,: $($(v))) 2>&1),$(error $(v)=$($(v)): a quote is left open)))
# $(call without_options,VARIABLE,OPTIONS): options that the pipeline gives itself
without_options = $(if $(strip $(foreach o,$(2),$(findstring $(o),$($(1))))),$(foreach o,$(firstword $(shell printf '%s' $(call \
  quote_now,$($(1))) | xargs printf '%s\n' | sed 's/=.*//' | grep -xF $(2:%=-e %))),$(error $(1)=$($(1)): $(o) is not for you to give: $(CALLED) $(firstword $(goals)) sets it)))
# $(call no_option_like,VARIABLE,PATTERN,WHY): no word of it is like PATTERN, with or without a value
no_option_like = $(foreach o,$(firstword $(shell printf '%s' $(call quote_now,$($(1))) | xargs printf '%s\n' | grep -E $(call \
  quote_now,$(2)))),$(error $(1)=$($(1)): $(o): $(3)))
# Options that every pipeline gives: of mc-tokenize, mc-eval and mc-barrier, of trainings, whose files and states the pipelines name, and of those
# that tune ends and train curves. Options of deltas.
options_of_sets := -t --task --corpus -o
options_of_scores := --per-example --base -o
options_of_heights := --per-example --over --compare --width -o
options_of_runs := --train --summary --log --checkpoint --checkpoint-every --checkpoint-seconds --resume --or-begin --save-at -o
options_of_ends := $(options_of_runs) --dev --dynamics --with-base --seed --seed-init --seed-order --seed-dropout
options_of_curves := $(options_of_runs) --only --dev --with-base
whole_models = $(call no_option_like,$(1),^--(method|bottleneck|init-std|rank|alpha|targets|lora-dropout|prefix-len)(=|$$),ends are whole models)
# A folder that make makes files in: make takes these characters for its own.
no_letters := : ; ' " ` \ % \# $$ | & < > ( ) * ? [ ] { } !
output_folder = $(call output_folder_of,$(1),$(call raw,$(1)))$(eval results := $(subst $(,),$$$$(,),$(call raw,$(1))))
output_folder_of = $(if $(shell [ ! -e $(call quote_now,$(2)) ] || [ -d $(call quote_now,$(2)) ] || echo 1),$(error $(1)=$(2) is a file$(,) not a \
  folder of results))$(if $(filter-out 1,$(words $(2))),$(error $(1)= names a folder without blanks, not '$(2)'))$(if $(subst \
  /,,$(2)),,$(error $(1)=$(2) is the root of all folders$(,) no place for results))$(foreach \
  c,$(no_letters),$(if $(findstring $(c),$(2)),$(error $(1)=$(2): a folder of results has no $(c) in its name)))$(if \
  $(filter -% ~%,$(2)),$(error $(1)=$(2): a folder of results begins with no $(if $(filter -%,$(2)),-,~)))$(if \
  $(shell [[ $(call quote_now,$(2)) != *[[:cntrl:]]* ]] || echo 1),$(error $(1)= has a control character))
# Files and directories that are read may have any name, but exist.
input_file = $(foreach v,$(1),$(call input_file_of,$(v)=,$(call raw,$(v))))
input_file_of = $(if $(and $(call is_file,$(2)),$(if $(call same,$(2),-),,1)),,$(error $(1)$(2): $(if $(call \
  is_dir,$(2)),a directory$(,) not a file of text,no such file or it cannot be read)))
# $(call named_files,VARIABLE,NAMES THAT ARE TAKEN): words NAME=FILE, whose files exist and whose names are each there once
set_name = $(firstword $(subst =, ,$(1)))
set_file = $(patsubst $(set_name)=%,%,$(1))
named_files = $(foreach d,$(call raw,$(1)),$(call named_file,$(1),$(d),$(2) $(foreach e,$(call raw,$(1)),$(call set_name,$(e)))))
named_file = $(if $(and $(findstring =,$(2)),$(call set_name,$(2)),$(call set_file,$(2))),,$(error $(1): '$(2)' is no name=file))$(if \
  $(shell [[ $(call quote_now,$(call set_name,$(2))) =~ ^[A-Za-z0-9_.][A-Za-z0-9_.-]*$$ ]] || echo 1),$(error $(1): the name '$(call \
  set_name,$(2))' has other characters than letters$(,) digits$(,) . _ and -))$(if $(filter 1,$(words $(filter $(call \
  set_name,$(2)),$(3)))),,$(error $(1): the name $(call set_name,$(2)) is there twice))$(call input_file_of,$(1): ,$(call set_file,$(2)))
# $(call input_model,VARIABLE): a directory, or a file with a stream of ours
input_model = $(call input_model_of,$(1),$(call raw,$(1)))
input_model_of = $(if $(call is_dir,$(2)),$(if $(call has_file,$(2),config.json)$(call has_file,$(2),adapter_config.json),,$(error \
  $(1)=$(2): no config.json in this directory)),$(if $(call is_file,$(2)),,$(error $(1)=$(2): no such directory: $(1)= is a \
  directory with config.json$(,) model.safetensors and a tokenizer; a name on the Hub becomes one by huggingface-cli download \
  $(2) --local-dir DIR)))
is_peft = $(call has_file,$(1),adapter_config.json)
# What kind of thing a model's name stands for: dir, peft or stream.
kind_of_model = $(if $(call is_dir,$(1)),$(if $(call is_peft,$(1)),peft,dir),stream)
# Whether a directory or a stream has a T5: its config.json stands in the header of a stream, with \\ before its quotes.
is_t5 = $(if $(call is_dir,$(1)),$(shell grep -q '"model_type": *"t5"' $(call quote_now,$(1))/config.json && echo 1),$(shell grep -aq \
  'model_type\\*": *\\*"t5' <(gzip -dcf -- $(call quote_now,$(1)) 2>/dev/null | head -c 1048576) && echo 1))
kind_of = $(call kind_of_model,$(call raw,$(1)))
# $(call start_model,VARIABLE): it names the model that trainings begin from, of any kind; BASE= is what a delta there is over.
start_model = $(call input_model,$(1))$(if $(call raw,BASE),$(call input_model,BASE)$(if $(filter peft,$(call kind_of,BASE)),$(error \
  BASE=$(call raw,BASE): a PEFT directory is no whole model)))$(if $(filter peft,$(call kind_of,$(1))),$(call needed,BASE,$(1)= is a PEFT \
  directory$(,) BASE= the model it is of))$(if $(filter dir,$(call kind_of,$(1))),$(if $(call raw,BASE),$(error BASE= is what a delta is \
  over: $(1)=$(call raw,$(1)) is a whole model)))
# $(call tokenizer_of,VARIABLES): the one that names the directory of the tokenizer: TOKENIZER, else that of a Hugging Face directory, else of a PEFT
# directory.
has_tokenizer = $(or $(call has_file,$(1),tokenizer.json),$(call has_file,$(1),vocab.txt),$(call has_file,$(1),vocab.json),$(call \
  has_file,$(1),spiece.model))
tokenizer_of = $(call tokenizer_is,$(firstword $(if $(call raw,TOKENIZER),TOKENIZER) $(foreach k,dir peft,$(foreach v,$(1),$(if \
  $(filter $(k),$(call kind_of,$(v))),$(if $(call has_tokenizer,$(call raw,$(v))),$(v)))))),$(1))
tokenizer_is = $(if $(1),$(if $(call is_dir,$(call raw,$(1))),$(1),$(error TOKENIZER=$(call raw,$(1)): $(if $(call is_file,$(call raw,$(1))),a \
  file$(,) not a directory,no such directory): the directory with tokenizer.json or vocab.txt is wanted)),$(error \
  TOKENIZER= is missing: $(2:%=%=) $(if $(word 2,$(2)),have,has) no tokenizer))

# --- rules -------------------------------------------------------------------------------------------------
# $(call rule,TARGETS,NEEDS,COMMAND,KNOWN,AFTER): KNOWN is text about files from outside, AFTER what must be there but whose
# change does not matter.
rule = $(eval $(rule_text))
.PHONY: FORCE
FORCE:
rule_stamp = $(dir $(firstword $(1))).$(notdir $(firstword $(1))).stamp
RUN_BRIEF = $(RUN)
rule_run = $(and $(findstring $$(RUN),$(3))$(findstring $$(RUN_BRIEF),$(3)),$(call raw,RUN))
rule_memory = $(subst $$(MC_HOME),,$(subst $$(RUN_BRIEF) ,,$(subst $$(judged) ,,$(subst $$(resumed) ,,$(3)))))$(if $(4), <- $(strip $(4)))
rule_state = $(if $(findstring $$(resumed),$(3)),$(dir $(firstword $(1))).$(notdir $(firstword $(1))).state)
judged :=
resumed_from = --checkpoint '$(1)' --checkpoint-seconds $(CHECKPOINT_EVERY) --resume '$(1)' --or-begin
$(if $(goals),$(call seconds,CHECKPOINT_EVERY))
# What runs the stages is there, if any run; a first word that the shell would change is left to it.
run_first := $(firstword $(call raw,RUN))
$(if $(and $(goals),$(run_first),$(if $(dry),,1)),$(if $(shell w=$(call quote_now,$(run_first)); [[ $$w == *[!A-Za-z0-9_./+-]* ]] || \
  command -v -- "$$w" > /dev/null || echo 1),$(error RUN=$(call raw,RUN): no command $(run_first))))
define rule_text
rule_to := $(1)
rule_from := $(2) $(if $(call same,$(rule_memory),$(call line_of,$(rule_stamp))),,FORCE)
rule_after := $(5) $(programs)
$$(rule_to): private SHELL = $(MC_HOME)pipelines/stage.sh
$$(rule_to): private .SHELLFLAGS = $$(if $$(jobs),$(results),-) -c
$(if $(rule_state),$$(rule_to): private resumed = $(if $(subst 0,,$(subst .,,$(CHECKPOINT_EVERY))),$(call resumed_from,$(rule_state))))
$(if $(rule_run),$$(rule_to): private run_there = $(subst $(hash),$$(hash),$(subst $$(RUN_BRIEF) ,,$(subst $$(RUN),,$(3)))))
$$(rule_to) $(if $(word 2,$(1)),&:,:) $$(rule_from) | $$(rule_after)
$(if $(dry),,$(tab)@mkdir -p '$$(@D)' && rm -f '$(rule_stamp)'$(newline))$(tab)$(if $(PLAN),$(rule_plan),$(if \
  $(dry),$(3),$(if $(rule_run),$$(RUN) bash -euo pipefail -c $$(call quote_now,$$(run_there)) < /dev/null,$(3))))$(if \
  $(dry),,$(newline)$(tab)@printf '%s\n' $(call quote,$(rule_memory)) > '$(rule_stamp)'$(if $(rule_state), && rm -f '$(rule_state)')$$(if $$(jobs),; $(MC_HOME)pipelines/stage.sh '$(results)' --tell))
endef
# With -n and PLAN=1 a stage that is to run is told as a line for `mctools submit`: what is asked for, the folder of results, whether $(RUN) is
# before the command (a stage of $(RUN_BRIEF) is told as one that takes seconds), the targets, what they need.
PLAN :=
rule_plan = plan$(tab)$(firstword $(wanted))$(tab)$(results)$(tab)$(if $(findstring $$(RUN),$(3)),1,0)$(tab)$(1)$(tab)$$^ $$|
# Whether stages run beside each other (read when they do). What a stage that failed has said is then not the last to be read; it is
# said again.
jobs = $(filter -j% --jobserver%,$(MAKEFLAGS))
# A command's standard output as the target, whole or not at all.
keep = > '$$@.part' && sh $$(MC_HOME)plots/keep.sh '$$@.part' '$$@'

# $(call pipe,FILE,FIRST,SECOND): FIRST | SECOND, where what FIRST says is said last: if it failed, that is why SECOND did. FILE has it
# until then.
pipe = rc=0; $(2) 2> '$(1)' | $(3) || rc=$$$$?; cat '$(1)' >&2; rm -f '$(1)'; exit $$$$rc

# $(call timed,FILE,COMMAND): COMMAND, and the seconds that it took in FILE
timed = begun=$$$$EPOCHREALTIME; ($(2)) && awk -v from="$$$$begun" -v to="$$$$EPOCHREALTIME" 'BEGIN { printf "%.3f\n", to - from }' > '$(1)'

# What the makefile does before the first stage, for its programs to be there.
.PHONY: programs
programs := $(if $(filter $(goals),$(wanted)),programs)
# The same make for another goal.
again = $(MAKE) --no-print-directory -f $(MAKEFILE)

# --- stages ------------------------------------------------------------------------------------------------
# $(call import,TARGET,MODEL,OPTIONS): a Hugging Face directory
import = $(call rule,$(1),,$$(RUN) $$(TOOL)/mc-import $(3) -o '$$@' -- $(call quote,$(2)),$(call known_model,$(2)))
# $(call end,TARGET,MODEL,OTHER,BASE,LABELS): a PEFT directory or a stream of ours, which is to meet the model OTHER. BASE:
# a stream under the output folder.
end = $(call rule,$(1),$(4),$$(RUN) bash $$(MC_HOME)pipelines/end.sh $$(TOOL) '$$@' $(call quote,$(2)) $(call quote,$(3)) '$(4)' $(call \
  quote,$(5)),$(call known_model,$(2)) $(if $(3),$(if $(filter stream,$(call kind_of_model,$(3))),$(call known_file,$(3)))))
# $(call start,TARGET,VARIABLE,OPTIONS OF mc-import): the model that VARIABLE names, judged by start_model; a delta is folded into BASE, whose stream
# stands beside TARGET
start = $(if $(filter dir,$(call kind_of,$(2))),$(call import,$(1),$(call raw,$(2)),$(3)),$(if $(call raw,BASE),$(call start_base,$(call \
  under,$(1)),$(call kind_of,BASE)))$(call end,$(1),$(call raw,$(2)),,$(if $(call raw,BASE),$(call under,$(1)))))
under = $(dir $(1))under-$(notdir $(1))
start_base = $(if $(filter dir,$(2)),$(call import,$(1),$(call raw,BASE)),$(call end,$(1),$(call raw,BASE)))
# $(call tokenize,TARGET,FILE,TOKENIZER,VARIABLE OF OPTIONS,MORE OPTIONS)
tokenize = $(call rule,$(1),,$$(RUN_BRIEF) $$(TOOL)/mc-tokenize -t $(call quote,$(3)) $(call options,$(4)) $(5) -o '$$@' -- \
  $(call quote,$(2)),$(call known_file,$(2)) $(call known_tokenizer,$(3)) $(call known_options,$(4)))
# $(call synthetic,TARGET,LANGUAGE,OPTIONS OF mc-synth,OPTIONS OF mc-tokenize): a task of the synthetic language
language = $(call rule,$(1)/config.json,,$$(TOOL)/mc-synth --tokenizer '$(1)' $(2))
synthetic = $(call rule,$(1),$(2)/config.json,$(call pipe,$(dir $(1)).$(notdir $(1)).said,$$(TOOL)/mc-synth $(3),$$(TOOL)/mc-tokenize \
  -t '$(2)' $(4) -o '$$@'))
# $(call corpus,TARGET,WHICH,TEXT,TOKENIZER,NEEDS,KNOWN): those lines of a plain text for which WHICH, of awk, is true;
# corpus_block: the number of a line's block of a hundred, within a hundred blocks
corpus_block := int((NR - 1) / 100) % 100
corpus = $(call rule,$(1),$(5),$$(RUN_BRIEF) awk '$(2)' $(call quote,$(3)) | $$(TOOL)/mc-tokenize --corpus -t $(call quote,$(4)) -o '$$@',$(6))
# $(call init,TARGET,LANGUAGE,OPTIONS): a model of the language's own shape with random weights
init = $(call rule,$(1),$(2)/config.json,$$(TOOL)/mc-init '$(2)/config.json' -t '$(2)' $(3) -o '$$@')
# $(call hold_out,FOLDER,SET,N): every N-th example of the set, by its number from 0, is held out: the numbers of the two parts
# are FOLDER/part.txt and FOLDER/held.txt, whatever the lines of the text were, and what is held out is the set FOLDER/held.tok.gz.
hold_out = $(call numbers_of,$(1)/part.txt,$(2),NR % $(3))$(call numbers_of,$(1)/held.txt,$(2),NR % $(3) == 0)$(call \
  rule,$(1)/held.tok.gz,$(2) $(1)/held.txt,$$(TOOL)/mc-pick --only '$(1)/held.txt' -o '$$@' < '$(2)')
numbers_of = $(call rule,$(1),$(2),$$(TOOL)/mc-info --ids '$(2)' | awk '$(3) { print NR - 1 }' $(keep))
# $(call finetune,START,TRAIN,OPTIONS): a model, on standard output unless OPTIONS have -o
finetune = $$(RUN) $$(TOOL)/mc-finetune $$(resumed) --train '$(2)' $(3) < '$(1)'
# $(call tune,NAME,START,TRAIN,OPTIONS,KNOWN,DEV,BEFORE): NAME.st.gz and its log, which is no target: it is there, unfinished,
# after a run that failed. DEV is for the log alone, so that another one tunes nothing again.
tune = $(call rule,$(1).st.gz,$(2) $(3),$(7)$(call finetune,$(2),$(3),$(6:%=--dev '%') $(4) --log '$(1).log.tsv' -o '$$@'),$(5),$(6))
# $(call curve,NAME,END,END,TRAIN,PARTS,OPTIONS,MORE OPTIONS,KNOWN,NEEDS): a curve, or what else mc-curve trains, NAME.st.gz, and its log; on
# what hold_out left of the set TRAIN in the folder PARTS, and chosen on the rest
curve = $(call rule,$(1).st.gz,$(2) $(3) $(9) $(4) $(5)/part.txt $(5)/held.tok.gz,$$(RUN) $$(TOOL)/mc-curve $$(resumed) $(if \
  $(6),$(6) )--train '$(4)' --only '$(5)/part.txt' --dev '$(5)/held.tok.gz' $(7) --log '$(1).log.tsv' -o '$$@' '$(2)' '$(3)',$(8))
# $(call tune_summed,NAME,START,TRAIN,OPTIONS,NEEDS,KNOWN): NAME.st.gz and NAME.summary.tsv, a row of what the run took
tune_summed = $(call rule,$(1).st.gz $(1).summary.tsv,$(2) $(3) $(5),$(call finetune,$(2),$(3),$(4) --summary \
  '$(1).summary.tsv' -o '$(1).st.gz'),$(6))
# $(call try,TARGET,START,TRAIN,OPTIONS,NEEDS,KNOWN): the row alone; the model is of no more use
try = $(call rule,$(1),$(2) $(3) $(5),$(call finetune,$(2),$(3),-q $(4) --summary '$$@') > /dev/null,$(6))
# $(call choose,TARGET,COLUMN,PREFIX,VALUES): a line a value, the best first: what PREFIXvalue.tsv has in COLUMN, TAB, the value.
# $(call chosen,TARGET): the best value, in a command
choose = $(call rule,$(1),$(4:%=$(3)%.tsv) $(MC_HOME)pipelines/row.awk,for value in $(4); do awk -v columns='$(2) value' -v \
  cells="value=$$$$value" -f $$(MC_HOME)pipelines/row.awk '$(call here,$(3))'$$$$value.tsv || exit; done | sort -rg $(keep) && cat '$$@')
chosen = $$$$(head -n 1 '$(1)' | cut -f 2)
# $(call score,TARGET,MODEL,TOKEN SETS,OPTIONS): a model on sets, NAME=FILE
score = $(call rule,$(1),$(2) $(foreach s,$(3),$(call set_file,$(s))),$$(RUN) $$(TOOL)/mc-eval $(4) -o '$$@' $(3:%='%') < '$(2)')
# $(call table,TARGET,COLUMNS,ROWS,NEEDS): ROWS are of $(call row,COLUMNS,CELLS,TABLES): a cell is given as COLUMN=VALUE, or is what
# the first of the TABLES that has this column says.
table = $(call rule,$(1),$(4) $(MC_HOME)pipelines/row.awk,{ echo $(2) | tr ' ' '\t' && $(3) true; } $(keep))
row = awk -v columns='$(1)' -v cells="$(2)" -f $$(MC_HOME)pipelines/row.awk $(foreach f,$(3),'$(call here,$(f))') &&
# $(call walk,FOLDER,NAME,END,END OR NOTHING,OPTIONS OF mc-interp,OPTIONS OF mc-eval,TOKEN SETS,KNOWN,NEEDS): path-NAME.tsv and each-NAME.tsv;
# the models of the path exist in the pipe alone. TOKEN SETS: NAME=FILE. Beside them .path-NAME.seconds has what that took.
walk = $(call rule,$(1)/path-$(2).tsv $(1)/each-$(2).tsv,$(3) $(4) $(foreach s,$(7),$(call set_file,$(s))) $(9),$$(judged) $(call \
  timed,$(1)/.path-$(2).seconds,$(call pipe,$(1)/.path-$(2).said,$$(RUN) $$(TOOL)/mc-interp -q $(5) '$(3)'$(if $(4), '$(4)'),$$(RUN) \
  $$(TOOL)/mc-eval $(6) --per-example '$(1)/each-$(2).tsv' -o '$(1)/path-$(2).tsv' $(7:%='%'))),$(8))
# $(call distance,FOLDER,NAME,END,END,OPTIONS OF mc-dist,NEEDS)
distance = $(call rule,$(1)/distance-$(2).tsv,$(3) $(4) $(6),$$(RUN_BRIEF) $$(TOOL)/mc-dist $(5) -o '$$@' '$(3)' '$(4)')
# $(call connect,FOLDER,NAME,END,END,OPTIONS OF mc-interp,OPTIONS OF mc-eval,TOKEN SETS,KNOWN,NEEDS,OPTIONS OF mc-dist): the path between
# two ends and their distance
connect = $(walk)$(call distance,$(1),$(2),$(3),$(4),$(10),$(9))
# Of a pair of seeds such as 1-2.
first_of = $(firstword $(subst -, ,$(1)))
second_of = $(lastword $(subst -, ,$(1)))
# $(call distances,FOLDER,NAMES): all of them as one table
distances = $(call rule,$(1)/distance.tsv,$(2:%=$(1)/distance-%.tsv) $(MC_HOME)plots/distance.awk,awk -f $$(MC_HOME)plots/distance.awk \
  $(2:%='$(call here,$(1))/distance-%.tsv') $(keep))
# $(call barrier,FOLDER,NAMES,OPTIONS,KNOWN)
barrier = $(call rule,$(1)/barrier.tsv,$(2:%=$(1)/path-%.tsv) $(2:%=$(1)/each-%.tsv),$$(TOOL)/mc-barrier $(3) \
  $(2:%=--per-example '$(1)/each-%.tsv') -o '$$@' $(2:%='$(1)/path-%.tsv'),$(4))
# $(call barrier_metric,FOLDER,NAMES,METRICS,OPTIONS,KNOWN): barrier-metric.tsv, the heights by the METRICS behind the first; without METRICS by that of the task
barrier_metric = $(call rule,$(1)/barrier-metric.tsv,$(2:%=$(1)/path-%.tsv) $(2:%=$(1)/each-%.tsv) $(1)/barrier.tsv $(MC_HOME)pipelines/metrics.sh $(MC_HOME)plots/metric.awk,bash \
  $$(MC_HOME)pipelines/metrics.sh $$(TOOL) '$(1)' $(call quote,$(wordlist 2,9,$(3))) $(if $(3),given,default) $(4) -- $(2) $(keep),$(5))
# $(call gathered,FOLDER,TABLE,CONDITIONS): FOLDER/CONDITION/TABLE.tsv of all as one table, with a column `condition`
gathered = $(call rule,$(1)/$(2).tsv,$(3:%=$(1)/%/$(2).tsv) $(MC_HOME)pipelines/condition.awk,{ $(foreach c,$(3),awk -v bare=1 -v condition='$(c)' -v \
  head=$(if $(filter $(c),$(firstword $(3))),1,0) -v empty=1 -f $$(MC_HOME)pipelines/condition.awk '$(call here,$(1))/$(c)/$(2).tsv' &&) true; } $(keep))
# $(call heights,FOLDER,CONDITION,NAMES,OPTIONS): barrier-CONDITION.tsv
heights = $(call rule,$(1)/barrier-$(2).tsv,$(3:%=$(1)/path-%.tsv) $(3:%=$(1)/each-%.tsv),$$(TOOL)/mc-barrier -q $(if \
  $(BARRIER),$(call options,BARRIER) )$(if $(4),$(4) )$(3:%=--per-example '$(1)/each-%.tsv') -o '$$@' $(3:%='$(1)/path-%.tsv'))
# $(call joined,FOLDER,NAME,PREFIX,CONDITIONS): PREFIXCONDITION.tsv of them as one table NAME.tsv, with a column `condition`
joined = $(call rule,$(1)/$(2).tsv,$(4:%=$(1)/$(3)%.tsv) $(MC_HOME)pipelines/condition.awk,{ $(foreach c,$(4),awk -v bare=1 -v \
  condition='$(c)' -v head=$(if $(filter $(c),$(firstword $(4))),1,0) -f $$(MC_HOME)pipelines/condition.awk '$(call here,$(1))/$(3)$(c).tsv' \
  &&) true; } $(keep))
# $(call unconnected,TABLES): the names of the lines that are not connected, by those of the tables of mc-barrier that are there
unconnected = $(shell cat /dev/null $(patsubst %,'%',$(wildcard $(1))) | awk -F '\t' \
  '$$1 == "task" { for (i = 1; i <= NF; i++) at[$$i] = i; next } $$at["path"] != "all" && $$at["verdict"] != "connected" \
  { sub(/.*\/path-/, "", $$at["path"]); sub(/\.tsv$$/, "", $$at["path"]); print $$at["path"] }')
# $(call barriers,FOLDER,CONDITIONS,OPTIONS,KNOWN): those of several conditions, NAME=PATH,PATH,... each, in one table with a column
# `condition`: rows over all paths are of one condition.
barriers = $(call rule,$(1)/barrier.tsv,$(MC_HOME)pipelines/condition.awk $(foreach p,$(foreach c,$(2),$(call paths_of,$(c))),$(1)/path-$(p).tsv \
  $(1)/each-$(p).tsv),{ $(foreach c,$(2),$(call barrier_of,$(1),$(firstword $(subst =, ,$(c))),$(call paths_of,$(c)),$(3)) -v head=$(if \
  $(filter $(c),$(firstword $(2))),1,0) -f $$(MC_HOME)pipelines/condition.awk &&) true; } $(keep),$(4))
barrier_of = $$(TOOL)/mc-barrier $(4) $(3:%=--per-example '$(1)/each-%.tsv') $(3:%='$(1)/path-%.tsv') | awk -v condition='$(2)'
paths_of = $(subst $(,), ,$(lastword $(subst =, ,$(1))))
# awk takes NAME=VALUE for an assignment, and no name with a / before the = for it.
here = $(if $(filter /%,$(1)),$(1),./$(1))
# $(call verdict,FOLDER,FURTHER TABLE): the heights, for the terminal
verdict = awk -F '\t' $(if $(2),-v other='$(call here,$(2))' )-f $(MC_HOME)plots/notes.awk -f $(MC_HOME)plots/verdict.awk '$(call here,$(1))/barrier.tsv'
# $(call draw,NAME,ENDINGS,SCRIPT,ARGUMENTS,NEEDS): what plots/SCRIPT.gp draws, a file NAME.ENDING for each; on paper as wide as WIDTH.
# $(call figure,NAME.svg,SCRIPT,TITLE,CONDITIONS,NEEDS): this and NAME.pdf; CONDITIONS are of $(call condition,LABEL,FILES), LABEL a word of
# the shell. $(call figures,NAME,...): NAME.svg, NAME.png and NAME.pdf. $(call with_pdf,FILES): and the .pdf beside each .svg.
draw = $(foreach f,$(2),$(call rule,$(1).$(f),$(5),gnuplot -c $$(MC_HOME)plots/$(3).gp '$$@' $(WIDTH:%=--width % )$(4)))
figure = $(call draw,$(1:%.svg=%),svg pdf,$(2),$(call conditions,$(3),$(4)),$(5))
figures = $(call draw,$(1),svg png pdf,$(2),$(call conditions,$(3),$(4),$(6)),$(5))
conditions = $(if $(3),$(3) )$(if $(1),--title $(call quote,$(1)) )--list <($(2))
with_pdf = $(1) $(patsubst %.svg,%.pdf,$(filter %.svg,$(1)))
# $(call drawn,FOLDER,NAME): the tables of a path, for a band of the standard error
drawn = $(1)/path-$(2).tsv $(1)/each-$(2).tsv
condition = printf '%s' $(1); printf '\t%s' $(2:%='%'); echo;
# $(call families,FOLDERS): a line on standard error if their models were trained with different families of kernels
families = bash $(MC_HOME)pipelines/families.sh $(1:%='%') >&2
# $(call left_over,FOLDER,PATTERNS,MADE): a command that takes away what an earlier run has found and this one does not say: tables, sentences
# and figures of FOLDER like PATTERNS that are none of MADE. Models and what was scored stay: a later run goes on from them.
left_over = $(foreach f,$(filter-out $(3),$(wildcard $(2:%=$(1)/%))),rm -f '$(f)' '$(dir $(f)).$(notdir $(f)).stamp' &&) true
# $(call report,TARGET,TITLE,TEXT,PARTS,NEEDS): a page; TEXT is a file of the pipelines; PARTS are of $(call part,FILE,CAPTION)
report = $(call rule,$(1),$(addprefix $(MC_HOME),plots/report.awk plots/columns.tsv $(3)) $(5),awk -v home='$$(MC_HOME)' -f $$(MC_HOME)plots/report.awk $(call \
  quote,$(2)) $$(MC_HOME)$(3) $$(MC_HOME)plots/columns.tsv $(4) $(keep))
part = $(call quote,$(1):$(2))
