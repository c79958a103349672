# eseal in English. Same ids and variables as ../zh-CN/eseal.ftl (a test holds them equal).
# err-<code>: what went wrong; cause-<code>: why; hint-<code>: the next step. One line each.

## Help

help-eseal = Electronic seals and SM2 soft certificates: issue, stamp, verify
help-eseal-long =
    Exit codes: 0 done or valid, 1 invalid, 2 wrong usage, 3 indeterminate,
    4 not stamped, 5 refused, 6 could not, 7 a bug in eseal.

    First steps:
      eseal lab demo                    a whole demo office in the folder demo
      eseal stamp --help                how to stamp a PDF
      eseal explain CODE                what a code means and what to do
help-lab = Make a whole demo office that works, and check it
help-lab-dir = the folder to make
help-lab-force = replace a demo office that lies there
help-ca = The office's authorities
help-ca-init = Make the root and the issuing authority, the seal maker and the registry
help-ca-init-subject = the root's name, for example CN=Example Root,O=Example,C=CN
help-ca-init-issuing-subject = the issuing authority's name; without it, made from the root's
help-ca-init-days = how long the root is valid
help-ca-export = Write certificates of the authorities
help-ca-export-root = the root certificate, which others trust (the default)
help-ca-export-issuing = the issuing authority's certificate
help-ca-export-chain = both, the issuing one first
help-ca-export-unlocker = the certificate that may permit unlocking tokens (a later version)
help-request = Certificate requests
help-request-new = Make a key inside a token and a request for its certificate
help-request-new-subject = the holder's name, for example CN=Example User,O=Example,C=CN
help-request-new-kind = what the key is for: sign
help-cert = Certificates
help-cert-issue = Issue certificates from requests
help-cert-issue-requests = requests, PEM or DER
help-cert-issue-profile = organization, person, seal-maker, tsa, ocsp or sub-ca
help-cert-issue-pair = with an encryption certificate as well (a later version)
help-cert-issue-days = how long the certificates are valid
help-cert-issue-from = issue in bulk from a table (a later version)
help-cert-issue-out-dir = where bulk responses go (a later version)
help-cert-show = Show a certificate
help-crl = Revocation lists
help-crl-build = Sign a new revocation list
help-crl-build-root = the root's list, about authorities
help-crl-build-issuing = the issuing authority's list, about holders (the default)
help-crl-build-days = days until the next list
help-crl-show = Show a revocation list
help-token = Soft certificates: a file with keys behind a PIN
help-token-new = Make an empty token
help-token-new-level = file: can be carried around; device: opens on this machine only
help-token-new-unlocker = certificate of the authority that may permit unlocking
help-token-new-label = the token's name for people
help-token-show = Show what a token holds; needs no PIN
help-token-install = Put certificates into a token
help-token-install-response = what the authority sent back
help-token-change-pin = Change a token's PIN
help-token-change-pin-new-pin-from = where the new PIN comes from
help-seal = Electronic seals
help-seal-make = Make a seal
help-seal-make-id = the seal's number
help-seal-make-name = the seal's name
help-seal-make-kind = organization, finance, contract, invoice, legal-representative, person, or a number
help-seal-make-picture = the seal's picture: PNG, JPEG, GIF or BMP
help-seal-make-size = printed size, for example 40mmx40mm
help-seal-make-signer = certificates of those who may use the seal
help-seal-make-maker = the seal maker's token; without it, the office's
help-seal-make-pin-from = where the PIN of the maker's token comes from
help-seal-make-ses-version = 4 (GB/T 38540-2020) or 5 (GM/T 0031-2025)
help-seal-make-vendor = the vendor's mark in the seal's header
help-seal-make-valid-from = when the seal becomes valid; without it, now
help-seal-make-days = how long the seal is valid
help-seal-show = Show a seal
help-seal-verify = Verify a seal or a seal signature
help-stamp = Press a seal on documents
help-stamp-long =
    Also: eseal 盖章.

    PLACE is PAGE:X,Y, the centre of the seal from the top-left corner of the
    page as seen. PAGE: 1, -1 (the last), 1-3,5, odd, even, all.
    X, Y: 30mm, 30, 1in, 85pt, right-20mm, bottom-30mm, center.

    Example:
      eseal stamp letter.pdf --seal office.esl --token me.token \
        --place -1:right-40mm,bottom-40mm -o stamped.pdf
help-stamp-inputs = PDF files
help-stamp-seal = the seal
help-stamp-place = where the seal shows; may be given several times
help-stamp-invisible = no picture
help-stamp-field = fill this empty signature field
help-stamp-size = printed size, for example 42mmx42mm; without it, the seal's own
help-stamp-blend = how the picture mixes with the page
help-stamp-certify = allow later: none = an ordinary stamp; forms or annotations = certify and allow only these
help-stamp-reason = the reason to write into the document
help-stamp-location = the location to write into the document
help-stamp-filter = the name of the signature handler to write
help-stamp-out-dir = the folder for the results, which keep their names
help-stamp-dry-run = say what would be done and write nothing
help-stamp-keyword = stamp on a text (a later version)
help-stamp-nth = which occurrence of the text (a later version)
help-stamp-offset = distance from the text (a later version)
help-stamp-seam = a seal across page edges (a later version)
help-stamp-seam-group = pages a seam seal (a later version)
help-stamp-seam-at = where on the edge (a later version)
help-stamp-format = seal; other formats in a later version
help-stamp-level = b; time stamps in a later version
help-stamp-tsa = the time-stamp service (a later version)
help-stamp-preview = pictures of the result (a later version)
help-verify = Verify the stamps on documents
help-verify-long =
    Also: eseal 验章.

    Exit 0 all valid, 1 invalid, 3 indeterminate, 4 not stamped, 6 unreadable.
    Without --trust no chain can hold: the answer is indeterminate at best.

    Example:
      eseal verify stamped.pdf --trust demo/trust --crl demo/trust
help-verify-files = documents, seals or seal signatures
help-verify-require = what may not be missing
help-verify-allow-later = changes after the last stamp that are allowed
help-verify-report = write the report as well; FILE.json
help-verify-jobs = files at a time; without it, as many as there are processors
help-verify-status = signed seal status list (a later version)
help-inspect = Show the structure of a file, without judgement
help-inspect-file = PDF, seal, seal signature, CMS, certificate, request, revocation list or token
help-explain = Say what a code means and what to do
help-explain-code = a code from an error or a report, for example token-wrong-pin
help-completions = Print a completion script for a shell
help-completions-shell = the shell
help-man = Write the manual pages
help-man-dir = the folder for the pages

help-arg-home = the office: its registry and its keys
help-arg-store = the registry: sqlite:PATH
help-arg-trust = certificates to trust, a file or a folder; may be given several times
help-arg-lang = language: zh-CN or en-US
help-arg-json = print one JSON object
help-arg-jsonl = print one JSON object a line
help-arg-quiet = nothing on stderr but errors
help-arg-verbose = say more
help-arg-color = when to use colours
help-arg-progress = when to show progress
help-arg-no-input = never ask on the terminal
help-arg-help = show this help
help-arg-version = show the version
help-arg-out = where the result goes; - is stdout
help-arg-force = replace a file that is already there
help-arg-at = as of this time; without it, now
help-arg-file = the file; - is stdin
help-arg-files = the files; - is stdin
help-arg-token = the token
help-arg-pin-from = where the PIN comes from: prompt, env:VAR, file:PATH, fd:N or stdin
help-arg-key-pin-from = where the PIN of the authority's keys comes from: prompt, env:VAR, file:PATH, fd:N or stdin
help-arg-crl = revocation lists, a file or a folder; may be given several times
help-arg-revocation = what a missing revocation list means

value-dir = DIR
value-url = URL
value-path = PATH
value-lang = LANG
value-when = WHEN
value-file = FILE
value-time = TIME
value-token = TOKEN
value-src = SRC
value-policy = POLICY
value-dn = DN
value-days = DAYS
value-type = TYPE
value-req = REQ
value-profile = PROFILE
value-level = LEVEL
value-text = TEXT
value-response = RESPONSE
value-id = ID
value-kind = KIND
value-size = WxH
value-cert = CERT
value-n = N
value-seal = SEAL
value-in = IN
value-place = PLACE
value-name = NAME
value-blend = BLEND
value-certify = CHANGES
value-filter = FILTER
value-what = WHAT
value-changes = CHANGES
value-code = CODE
value-shell = SHELL

text-help-usage = Usage: { $usage }
text-help-commands = Commands
text-help-arguments = Arguments
text-help-options = Options
text-help-globals = Options of every command
text-help-options-mark = [OPTIONS]
text-help-command-mark = <COMMAND>
text-help-possible = [one of: { $values }]
text-help-default = [default: { $values }]
text-help-env = [variable: { $values }]

## Sentences

text-pin-prompt = PIN:
text-new-pin-prompt = New PIN:
text-key-pin-prompt = PIN of the authority's keys:
text-new-key-pin-prompt = New PIN for the authority's keys:
text-pin-again = Once more:
text-man-written = { $pages } manual pages written
text-explain-cause = Why: { $text }
text-explain-next = Next: { $text }

## Errors: wrong usage

err-usage = the command line is not understood
cause-usage = The words do not fit together to a command.
hint-usage = eseal --help lists the commands; eseal COMMAND --help their flags
err-usage-unknown-flag = there is no flag { $argument } here
cause-usage-unknown-flag = The command has no such flag; it may belong to another command or be misspelt.
hint-usage-unknown-flag = add --help to the command to see its flags
err-usage-unknown-flag-near = there is no flag { $argument } here
cause-usage-unknown-flag-near = The command has no such flag; it may be misspelt.
hint-usage-unknown-flag-near = did you mean { $near }?
err-usage-unknown-command = there is no command { $command }
cause-usage-unknown-command = eseal has no command of this name.
hint-usage-unknown-command = eseal --help lists the commands
err-usage-unknown-command-near = there is no command { $command }
cause-usage-unknown-command-near = eseal has no command of this name; it may be misspelt.
hint-usage-unknown-command-near = did you mean { $near }?
err-usage-command-missing = a command is missing
cause-usage-command-missing = eseal needs to know what to do.
hint-usage-command-missing = eseal --help lists the commands
err-usage-argument-missing = missing: { $argument }
cause-usage-argument-missing = The command cannot do its work without this argument.
hint-usage-argument-missing = add --help to the command to see what it needs
err-usage-argument-twice = { $argument } may be given once only
cause-usage-argument-twice = Two values for the same flag contradict each other.
hint-usage-argument-twice = keep one of them
err-usage-conflict = { $argument } cannot go with { $other }
cause-usage-conflict = The two flags ask for different things.
hint-usage-conflict = keep one of them
err-usage-value = the value of { $argument } must be one of: { $values }
cause-usage-value = The flag takes only these words.
hint-usage-value = choose one of: { $values }
err-usage-value-missing = { $argument } needs a value
cause-usage-value-missing = The flag stands without the value it takes.
hint-usage-value-missing = add --help to the command to see its values
err-usage-value-unwanted = { $argument } takes fewer values
cause-usage-value-unwanted = There are more values than the argument takes.
hint-usage-value-unwanted = add --help to the command to see its values
err-usage-value-malformed = the value of { $argument } is malformed
cause-usage-value-malformed = The text cannot be read as what the flag takes, for example a number.
hint-usage-value-malformed = add --help to the command to see its values
err-usage-pin-source = the value of { $argument } must say where the secret comes from, not be the secret
cause-usage-pin-source = Whatever stands on a command line is seen by other programs and kept in the shell's history.
hint-usage-pin-source = use prompt, env:VAR, file:PATH, fd:N or stdin; if this was a real PIN, change it
err-usage-time = the value of { $argument } is no time
cause-usage-time = A time is RFC 3339, or a date, or a date and a time in this machine's time zone.
hint-usage-time = for example 2026-11-24T14:00:00+08:00 or 2026-11-24
err-usage-not-utf8 = an argument is not UTF-8
cause-usage-not-utf8 = Texts on the command line must be UTF-8; only file names may be anything.
hint-usage-not-utf8 = set the terminal to UTF-8
err-not-supported-yet = { $what } is not supported yet
cause-not-supported-yet = The contract names it, but this version does not do it. It is refused rather than ignored.
hint-not-supported-yet = eseal COMMAND --help shows what this version does
err-explain-unknown = there is no code { $code }
cause-explain-unknown = Codes stand in brackets in error lines and in the field "code" of JSON.
hint-explain-unknown = copy the word in the brackets of the error line
err-home-unknown = there is no place for the office
cause-home-unknown = Neither --home nor ESEAL_HOME, XDG_DATA_HOME or HOME is set.
hint-home-unknown = give --home DIR

## Errors: this command

err-internal-bug = eseal has a bug (at { $place })
cause-internal-bug = A state that the program holds impossible came up.
hint-internal-bug = please report this line and the command, without secrets; files written before are whole
err-unnamed = could not be done ({ $code })
cause-unnamed = The reason has no sentence yet.
hint-unnamed = please report the code
err-input-unreadable = { $path } cannot be read: { $reason }
cause-input-unreadable = The file is not there, or may not be read.
hint-input-unreadable = check the name and the permissions
err-input-folder = { $path } is a folder
cause-input-folder = The command reads one file here.
hint-input-folder = name a file in it
err-input-too-large = { $path } is larger than { $limit } MiB
cause-input-too-large = Inputs have a limit so that no file can use up the memory.
hint-input-too-large = is it the right file?
err-output-exists = { $path } is already there
cause-output-exists = Results never replace a file unless that is asked for.
hint-output-exists = choose another name, or add --force to replace it
err-output-terminal = binary data is not written to a terminal
cause-output-terminal = The bytes would only disturb the terminal.
hint-output-terminal = redirect the output, or give -o FILE
err-output-write = { $path } cannot be written: { $reason }
cause-output-write = The folder is missing, read-only or full. The file that was there, if any, is untouched.
hint-output-write = check the folder, its permissions and its free space
err-output-stdout = the output cannot be written: { $reason }
cause-output-stdout = Where stdout leads to is full or closed.
hint-output-stdout = check where the output is redirected to
err-pin-no-terminal = a PIN is needed and there is no terminal to ask on; { $flag } says where it comes from
cause-pin-no-terminal = Standard input is not a terminal, or --no-input was given.
hint-pin-no-terminal = add { $flag } env:VAR, file:PATH, fd:N or stdin
err-pin-mismatch = the two entries differ
cause-pin-mismatch = A new PIN is asked for twice, so that a slip cannot lock you out.
hint-pin-mismatch = try again
err-pin-variable-unset = the variable { $name } for { $flag } is not set
cause-pin-variable-unset = The environment of this run has no such variable.
hint-pin-variable-unset = export { $name }, or use another source
err-pin-unreadable = { $path } cannot be read: { $reason }
cause-pin-unreadable = The file with the PIN is not there, or may not be read.
hint-pin-unreadable = check the name and the permissions
err-pin-descriptor = the descriptor { $number } cannot be read: { $reason }
cause-pin-descriptor = The descriptor was not passed open to this run.
hint-pin-descriptor = for example: eseal … --pin-from fd:3 3<pin.txt
err-pin-source-broken = the source of { $flag } broke off: { $reason }
cause-pin-source-broken = Reading the PIN failed on the way.
hint-pin-source-broken = check the source
err-pin-empty = the source of { $flag } is empty
cause-pin-empty = The first line counts, and it has no characters.
hint-pin-empty = put the PIN on the first line
err-pin-too-long = the first line for { $flag } is longer than 1024 bytes
cause-pin-too-long = A PIN is short; this looks like another file.
hint-pin-too-long = is it the right file?
err-pin-not-text = the first line for { $flag } is not UTF-8
cause-pin-not-text = A PIN is text.
hint-pin-not-text = is it the right file?
