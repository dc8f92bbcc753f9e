// Code generated from the catalogue in policies/. DO NOT EDIT.

package diag

// The built-in rules.
var (
	LevelBehaviorNotAtTemplate      = ID{"level.behavior-not-at-template", Error}         // Behavior not at template
	LevelEmailDomainNeedsControlHub = ID{"level.email-domain-needs-control-hub", Warning} // Email domain needs control hub
	LevelNoLocation                 = ID{"level.no-location", Error}                      // No location
	LevelNoPaidCallingOrgOnly       = ID{"level.no-paid-calling-org-only", Error}         // No paid calling org only
	LevelNotInEdition               = ID{"level.not-in-edition", Error}                   // Not in edition
	LevelThirdPartyAtUserLevel      = ID{"level.third-party-at-user-level", Off}          // Third party at user level
	LicenseBehaviorNeedsLicense     = ID{"license.behavior-needs-license", Error}         // Behavior needs license
	LicenseOneCallingLicense        = ID{"license.one-calling-license", Error}            // One calling license
	LicenseOverAllocated            = ID{"license.over-allocated", Error}                 // Over allocated
	LicenseProfessionalAndStandard  = ID{"license.professional-and-standard", Error}      // Professional and standard
	LintEmptyGroup                  = ID{"lint.empty-group", Warning}                     // Empty group
	LintNoClientHonors              = ID{"lint.no-client-honors", Warning}                // No client honors
	LintOverrideEqualsInherited     = ID{"lint.override-equals-inherited", Warning}       // Override equals inherited
	LintSettingReachesNobody        = ID{"lint.setting-reaches-nobody", Warning}          // Setting reaches nobody
	LintTelLoop                     = ID{"lint.tel-loop", Warning}                        // Tel loop
	LintTemplateIncomplete          = ID{"lint.template-incomplete", Warning}             // Template incomplete
	LintTemplateShadowed            = ID{"lint.template-shadowed", Warning}               // Template shadowed
	LintUnusedProfile               = ID{"lint.unused-profile", Warning}                  // Unused profile
	LintUnusedTemplate              = ID{"lint.unused-template", Warning}                 // Unused template
	LoadAliasExpansion              = ID{"load.alias-expansion", Error}                   // Alias expansion
	LoadCueError                    = ID{"load.cue-error", Error}                         // Cue error
	LoadCueLimit                    = ID{"load.cue-limit", Error}                         // Cue limit
	LoadCueSkipped                  = ID{"load.cue-skipped", Warning}                     // Cue skipped
	LoadDuplicateKey                = ID{"load.duplicate-key", Error}                     // Duplicate key
	LoadEncoding                    = ID{"load.encoding", Error}                          // Encoding
	LoadNoFiles                     = ID{"load.no-files", Error}                          // No files
	LoadSymlink                     = ID{"load.symlink", Error}                           // Symlink
	LoadSyntax                      = ID{"load.syntax", Error}                            // Syntax
	LoadTooLarge                    = ID{"load.too-large", Error}                         // Too large
	LockFixed                       = ID{"lock.fixed", Error}                             // Fixed
	LockOffOnly                     = ID{"lock.off-only", Error}                          // Off only
	LockWithoutValue                = ID{"lock.without-value", Error}                     // Without value
	MigrationNativeUcmConflict      = ID{"migration.native-ucm-conflict", Warning}        // Native ucm conflict
	MigrationNotApplicable          = ID{"migration.not-applicable", Error}               // Not applicable
	MigrationOverdue                = ID{"migration.overdue", Warning}                    // Overdue
	MigrationReadyToComplete        = ID{"migration.ready-to-complete", Info}             // Ready to complete
	ProjectMissing                  = ID{"project.missing", Error}                        // Missing
	ProjectUnreadable               = ID{"project.unreadable", Error}                     // Unreadable
	RefDuplicateDefinition          = ID{"ref.duplicate-definition", Error}               // Duplicate definition
	RefDuplicateRank                = ID{"ref.duplicate-rank", Error}                     // Duplicate rank
	RefProfileWithoutId             = ID{"ref.profile-without-id", Warning}               // Profile without id
	RefUnknownGroup                 = ID{"ref.unknown-group", Error}                      // Unknown group
	RefUnknownLicense               = ID{"ref.unknown-license", Error}                    // Unknown license
	RefUnknownProfile               = ID{"ref.unknown-profile", Error}                    // Unknown profile
	RefUnknownTemplate              = ID{"ref.unknown-template", Error}                   // Unknown template
	RefUnknownUser                  = ID{"ref.unknown-user", Error}                       // Unknown user
	RosterLeft                      = ID{"roster.left", Warning}                          // Left
	RuleInvalid                     = ID{"rule.invalid", Error}                           // Invalid
	RuleMatchesNobody               = ID{"rule.matches-nobody", Warning}                  // Matches nobody
	RuleUnknownField                = ID{"rule.unknown-field", Error}                     // Unknown field
	SchemaBadValue                  = ID{"schema.bad-value", Error}                       // Bad value
	SchemaMissingField              = ID{"schema.missing-field", Error}                   // Missing field
	SchemaUnknownField              = ID{"schema.unknown-field", Error}                   // Unknown field
	SchemaWrongType                 = ID{"schema.wrong-type", Error}                      // Wrong type
	WaiverExpired                   = ID{"waiver.expired", Warning}                       // Expired
	WaiverUnused                    = ID{"waiver.unused", Warning}                        // Unused
)

// BuiltIn holds every built-in id, by name.
var BuiltIn = []ID{
	LevelBehaviorNotAtTemplate,
	LevelEmailDomainNeedsControlHub,
	LevelNoLocation,
	LevelNoPaidCallingOrgOnly,
	LevelNotInEdition,
	LevelThirdPartyAtUserLevel,
	LicenseBehaviorNeedsLicense,
	LicenseOneCallingLicense,
	LicenseOverAllocated,
	LicenseProfessionalAndStandard,
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
	LoadNoFiles,
	LoadSymlink,
	LoadSyntax,
	LoadTooLarge,
	LockFixed,
	LockOffOnly,
	LockWithoutValue,
	MigrationNativeUcmConflict,
	MigrationNotApplicable,
	MigrationOverdue,
	MigrationReadyToComplete,
	ProjectMissing,
	ProjectUnreadable,
	RefDuplicateDefinition,
	RefDuplicateRank,
	RefProfileWithoutId,
	RefUnknownGroup,
	RefUnknownLicense,
	RefUnknownProfile,
	RefUnknownTemplate,
	RefUnknownUser,
	RosterLeft,
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
