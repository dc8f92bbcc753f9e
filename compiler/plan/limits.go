package plan

import "callpolicy/compiler/config"

// Exceeded returns the limits of the project file that a plan goes beyond. The
// share is of the users at the base; a base without users has no limits.
func Exceeded(p *Plan, cfg *config.Config, baseUsers int) []Limit {
	var out []Limit
	check := func(name, flag string, percent *float64, users int) {
		if percent == nil || baseUsers == 0 || users < max(1, cfg.Project.Limits.IgnoreBelow) {
			return
		}
		if float64(users)*100 > *percent*float64(baseUsers) {
			out = append(out, Limit{
				Name: name, Percent: *percent, Users: users, Of: baseUsers,
				At: cfg.ProjectRange("limits", name), Flag: flag,
			})
		}
	}
	check("changedUsers", "--allow-changed-users", cfg.Project.Limits.ChangedUsers, p.Summary.Changed)
	check("removedUsers", "--allow-removed-users", cfg.Project.Limits.RemovedUsers, p.Summary.Removed)
	return out
}
