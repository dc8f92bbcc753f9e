// Code generated from the catalogue in policies/. DO NOT EDIT.

package diag

// The built-in rules.
var (
	JabberBaseConflict              = ID{"jabber.base-conflict", Error}                   // The existing Jabber configuration says otherwise
	JabberBaseUnreadable            = ID{"jabber.base-unreadable", Error}                 // The existing Jabber configuration cannot be read
	JabberSecret                    = ID{"jabber.secret", Warning}                        // A password in the Jabber configuration
	JabberSlip                      = ID{"jabber.slip", Warning}                          // A slip in the Jabber configuration
	LevelBehaviorNotAtTemplate      = ID{"level.behavior-not-at-template", Error}         // A template cannot hold this calling behavior
	LevelEmailDomainNeedsControlHub = ID{"level.email-domain-needs-control-hub", Warning} // The e-mail domain cannot be given to one person through the API
	LevelNoLocation                 = ID{"level.no-location", Error}                      // Nothing can be set for a location
	LevelNoPaidCallingOrgOnly       = ID{"level.no-paid-calling-org-only", Error}         // What users without paid calling get is set for the organization only
	LevelNotInEdition               = ID{"level.not-in-edition", Error}                   // This edition does not know the setting
	LevelProfileNotSaid             = ID{"level.profile-not-said", Warning}               // The Webex App without a profile or a domain
	LevelThirdPartyAtUserLevel      = ID{"level.third-party-at-user-level", Off}          // A third-party app for a single user
	LicenseBehaviorNeedsLicense     = ID{"license.behavior-needs-license", Error}         // A calling behavior for a service that the user has no license for
	LicenseOneCallingLicense        = ID{"license.one-calling-license", Error}            // Two calling licenses without a migration
	LicenseOverAllocated            = ID{"license.over-allocated", Error}                 // More users than seats
	LicenseProfessionalAndStandard  = ID{"license.professional-and-standard", Error}      // Professional and Standard together
	LicenseServiceMismatch          = ID{"license.service-mismatch", Error}               // The license gives another service
	LicenseStandardAndEssential     = ID{"license.standard-and-essential", Error}         // Standard and Customer Experience Essential together
	LicenseUnknownName              = ID{"license.unknown-name", Warning}                 // No license of this name is known
	LintDuplicateItem               = ID{"lint.duplicate-item", Warning}                  // The same item is listed twice
	LintEmptyGroup                  = ID{"lint.empty-group", Warning}                     // A group without members
	LintNoClientHonors              = ID{"lint.no-client-honors", Warning}                // No client of these users honors the setting
	LintOverrideEqualsInherited     = ID{"lint.override-equals-inherited", Warning}       // The user's own value is what would be inherited
	LintSettingReachesNobody        = ID{"lint.setting-reaches-nobody", Warning}          // A choice for a service that nobody has
	LintTelLoop                     = ID{"lint.tel-loop", Warning}                        // A third-party app may send calls back to Webex
	LintTemplateIncomplete          = ID{"lint.template-incomplete", Warning}             // A template leaves toggles open
	LintTemplateShadowed            = ID{"lint.template-shadowed", Warning}               // The template wins for nobody
	LintUnusedProfile               = ID{"lint.unused-profile", Warning}                  // Nobody uses the UC Manager profile
	LintUnusedTemplate              = ID{"lint.unused-template", Warning}                 // No group is assigned to the template
	LoadAliasExpansion              = ID{"load.alias-expansion", Error}                   // Aliases expand to too much
	LoadCueError                    = ID{"load.cue-error", Error}                         // CUE cannot evaluate the file
	LoadCueLimit                    = ID{"load.cue-limit", Error}                         // Evaluating the CUE files takes too much
	LoadCueSkipped                  = ID{"load.cue-skipped", Warning}                     // CUE leaves this file out
	LoadDuplicateKey                = ID{"load.duplicate-key", Error}                     // The same key is written twice
	LoadEncoding                    = ID{"load.encoding", Error}                          // The file is not UTF-8 text
	LoadInvisibleCharacter          = ID{"load.invisible-character", Error}               // An invisible character changes what a reader sees
	LoadNoFiles                     = ID{"load.no-files", Error}                          // There are no policy files
	LoadNotRead                     = ID{"load.not-read", Error}                          // A file that looks like ours, and that nobody reads
	LoadPointer                     = ID{"load.pointer", Error}                           // Git stores a pointer in place of the file
	LoadSubmodule                   = ID{"load.submodule", Error}                         // A submodule is not fetched
	LoadSymlink                     = ID{"load.symlink", Error}                           // A link that cannot be followed
	LoadSyntax                      = ID{"load.syntax", Error}                            // The file is not valid YAML or CUE
	LoadTooLarge                    = ID{"load.too-large", Error}                         // The file is too large
	LockFixed                       = ID{"lock.fixed", Error}                             // The value is locked
	LockOffOnly                     = ID{"lock.off-only", Error}                          // The setting may only be turned off
	LockWithoutValue                = ID{"lock.without-value", Error}                     // A lock without a value
	MigrationNativeUcmConflict      = ID{"migration.native-ucm-conflict", Warning}        // Unified CM calling in the Webex App beside a Webex Calling license
	MigrationNotApplicable          = ID{"migration.not-applicable", Error}               // A migration without a calling license
	MigrationNotReady               = ID{"migration.not-ready", Warning}                  // Unified CM goes before Webex Calling was said to be ready
	MigrationOverdue                = ID{"migration.overdue", Warning}                    // The migration is overdue
	MigrationReadyToComplete        = ID{"migration.ready-to-complete", Info}             // The migration can be completed
	ProjectMissing                  = ID{"project.missing", Error}                        // There is no project file
	ProjectUnreadable               = ID{"project.unreadable", Error}                     // The project file cannot be read
	RefDuplicateDefinition          = ID{"ref.duplicate-definition", Error}               // Something is defined twice
	RefDuplicateRank                = ID{"ref.duplicate-rank", Error}                     // Two templates have the same rank
	RefFormerAddress                = ID{"ref.former-address", Error}                     // A former address that is not free
	RefProfileWithoutId             = ID{"ref.profile-without-id", Warning}               // The profile has no id
	RefUnknownGroup                 = ID{"ref.unknown-group", Error}                      // There is no such group
	RefUnknownLicense               = ID{"ref.unknown-license", Error}                    // There is no such license
	RefUnknownProfile               = ID{"ref.unknown-profile", Error}                    // There is no such UC Manager profile
	RefUnknownTemplate              = ID{"ref.unknown-template", Error}                   // There is no such calling template
	RefUnknownUser                  = ID{"ref.unknown-user", Error}                       // There is no such user
	RosterCut                       = ID{"roster.cut", Error}                             // The roster ends inside a row
	RosterDuplicateColumn           = ID{"roster.duplicate-column", Error}                // A column of the roster is there twice
	RosterLeft                      = ID{"roster.left", Warning}                          // The user is no longer in the directory
	RosterLicenseCell               = ID{"roster.license-cell", Warning}                  // A cell says neither yes nor no
	RosterLicenseColumnMissing      = ID{"roster.license-column-missing", Error}          // A license's column is not in the export
	RosterMergeConflict             = ID{"roster.merge-conflict", Error}                  // The roster holds both sides of a merge
	RosterNotRead                   = ID{"roster.not-read", Warning}                      // The folder roster is not read
	RosterRaggedRow                 = ID{"roster.ragged-row", Warning}                    // A row has not the cells that the first line names
	RosterUnknownAttribute          = ID{"roster.unknown-attribute", Warning}             // Nobody has the attribute
	RosterUnknownLicenseColumn      = ID{"roster.unknown-license-column", Error}          // A column of the export may be a license of ours
	RuleInvalid                     = ID{"rule.invalid", Error}                           // The rule cannot be used
	RuleMatchesNobody               = ID{"rule.matches-nobody", Warning}                  // The rule concerns nobody
	RuleUnknownField                = ID{"rule.unknown-field", Error}                     // The rule names a field that no subject has
	SchemaBadValue                  = ID{"schema.bad-value", Error}                       // The value is not one of those allowed
	SchemaMissingField              = ID{"schema.missing-field", Error}                   // A required field is missing
	SchemaUnknownField              = ID{"schema.unknown-field", Error}                   // There is no such field
	SchemaWrongType                 = ID{"schema.wrong-type", Error}                      // Another kind of value is expected
	WaiverExpired                   = ID{"waiver.expired", Warning}                       // The waiver has expired
	WaiverUnused                    = ID{"waiver.unused", Warning}                        // The waiver waives nothing
)

// BuiltIn holds every built-in id, by name.
var BuiltIn = []ID{
	JabberBaseConflict,
	JabberBaseUnreadable,
	JabberSecret,
	JabberSlip,
	LevelBehaviorNotAtTemplate,
	LevelEmailDomainNeedsControlHub,
	LevelNoLocation,
	LevelNoPaidCallingOrgOnly,
	LevelNotInEdition,
	LevelProfileNotSaid,
	LevelThirdPartyAtUserLevel,
	LicenseBehaviorNeedsLicense,
	LicenseOneCallingLicense,
	LicenseOverAllocated,
	LicenseProfessionalAndStandard,
	LicenseServiceMismatch,
	LicenseStandardAndEssential,
	LicenseUnknownName,
	LintDuplicateItem,
	LintEmptyGroup,
	LintNoClientHonors,
	LintOverrideEqualsInherited,
	LintSettingReachesNobody,
	LintTelLoop,
	LintTemplateIncomplete,
	LintTemplateShadowed,
	LintUnusedProfile,
	LintUnusedTemplate,
	LoadAliasExpansion,
	LoadCueError,
	LoadCueLimit,
	LoadCueSkipped,
	LoadDuplicateKey,
	LoadEncoding,
	LoadInvisibleCharacter,
	LoadNoFiles,
	LoadNotRead,
	LoadPointer,
	LoadSubmodule,
	LoadSymlink,
	LoadSyntax,
	LoadTooLarge,
	LockFixed,
	LockOffOnly,
	LockWithoutValue,
	MigrationNativeUcmConflict,
	MigrationNotApplicable,
	MigrationNotReady,
	MigrationOverdue,
	MigrationReadyToComplete,
	ProjectMissing,
	ProjectUnreadable,
	RefDuplicateDefinition,
	RefDuplicateRank,
	RefFormerAddress,
	RefProfileWithoutId,
	RefUnknownGroup,
	RefUnknownLicense,
	RefUnknownProfile,
	RefUnknownTemplate,
	RefUnknownUser,
	RosterCut,
	RosterDuplicateColumn,
	RosterLeft,
	RosterLicenseCell,
	RosterLicenseColumnMissing,
	RosterMergeConflict,
	RosterNotRead,
	RosterRaggedRow,
	RosterUnknownAttribute,
	RosterUnknownLicenseColumn,
	RuleInvalid,
	RuleMatchesNobody,
	RuleUnknownField,
	SchemaBadValue,
	SchemaMissingField,
	SchemaUnknownField,
	SchemaWrongType,
	WaiverExpired,
	WaiverUnused,
}
