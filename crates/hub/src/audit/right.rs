//! Roles and what they may do. A role is held at an agency, or at the hub; rules 2.4 names those of an agency.

use model::words::Words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::texts;

/// What an officer is there for.
///
/// Decision 2439/QĐ-TTg names the governance roles of an agency (rules 2.4); those of the hub and of accounts are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Cán bộ dữ liệu: answers for an agency's databases, duties and grants.
    DataOfficer,
    /// Cán bộ tuân thủ: independent, reviews accounts and reads the audit trail.
    ComplianceOfficer,
    /// Cán bộ quản lý chất lượng dữ liệu: proposes terms and code lists.
    Steward,
    /// Kỹ sư tích hợp: systems, nodes, services, contracts; asks for what they need.
    Engineer,
    /// Người tạo lập dữ liệu: enters data in the agency's own systems, reads the registry.
    Creator,
    /// Người dùng phân tích: asks for data for new uses.
    Innovator,
    /// Đầu mối cấp xã: asks in a commune's name.
    CommuneContact,
    /// Quản trị tài khoản: accounts of an agency, or of the hub and all agencies.
    Administrator,
    /// Cán bộ nền tảng điều phối: governs the registry and decides requests with the owners.
    HubOfficer,
    /// Kiến trúc sư dữ liệu: takes terms and code lists through review to approval.
    Architect,
    /// Người vận hành: nodes, outages, live exchange.
    Operator,
    /// Kiểm toán viên: reads everything, changes nothing.
    Auditor,
}

/// What a role may do. What everybody who is signed in may do, to read the registry, needs none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Agencies, purposes, legal bases, rule packs.
    Govern,
    /// Databases and duties.
    ChangeCatalogue,
    /// Systems, nodes, services, contracts.
    ChangeServices,
    /// Propose terms, code lists, cross-walks.
    ProposeTerms,
    /// Take them to approval and retire them.
    ApproveTerms,
    /// Issue, renew and revoke grants without a request.
    IssueGrants,
    /// Ask for a grant, and do the applicant's steps.
    Ask,
    /// Decide requests for the agency's services.
    DecideAsOwner,
    /// Decide requests for the hub.
    DecideAsHub,
    /// Announce outages, cut users.
    Suspend,
    /// Make, change and disable accounts.
    ManageAccounts,
    /// Confirm that accounts are still needed.
    ReviewAccounts,
    /// Read the whole audit trail.
    ReadAudit,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::DataOfficer,
        Self::ComplianceOfficer,
        Self::Steward,
        Self::Engineer,
        Self::Creator,
        Self::Innovator,
        Self::CommuneContact,
        Self::Administrator,
        Self::HubOfficer,
        Self::Architect,
        Self::Operator,
        Self::Auditor,
    ];

    /// What it may do. What it is about must still be the agency's own.
    #[must_use]
    pub fn rights(self) -> &'static [Right] {
        use Right::{
            ApproveTerms, Ask, ChangeCatalogue, ChangeServices, DecideAsHub, DecideAsOwner, Govern,
            IssueGrants, ManageAccounts, ProposeTerms, ReadAudit, ReviewAccounts, Suspend,
        };
        match self {
            Self::DataOfficer => &[ChangeCatalogue, IssueGrants, Ask, DecideAsOwner, Suspend],
            Self::ComplianceOfficer => &[ReviewAccounts, ReadAudit],
            Self::Steward => &[ProposeTerms],
            Self::Engineer => &[ChangeServices, Ask],
            Self::Creator => &[],
            Self::Innovator | Self::CommuneContact => &[Ask],
            Self::Administrator => &[ManageAccounts],
            Self::HubOfficer => {
                &[Govern, ChangeCatalogue, ChangeServices, IssueGrants, DecideAsHub, Suspend, ReadAudit]
            }
            Self::Architect => &[ProposeTerms, ApproveTerms],
            Self::Operator => &[ChangeServices, Suspend],
            Self::Auditor => &[ReadAudit],
        }
    }

    /// Whether it is held at an agency, at the hub, or at either.
    #[must_use]
    pub fn fits(self, at_the_hub: bool) -> bool {
        match self {
            Self::HubOfficer | Self::Architect | Self::Operator | Self::Auditor => at_the_hub,
            Self::Administrator | Self::ComplianceOfficer => true,
            _ => !at_the_hub,
        }
    }
}

impl Right {
    /// What it is, for people.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Govern => texts::right_govern(),
            Self::ChangeCatalogue => texts::right_catalogue(),
            Self::ChangeServices => texts::right_services(),
            Self::ProposeTerms => texts::right_propose_terms(),
            Self::ApproveTerms => texts::right_approve_terms(),
            Self::IssueGrants => texts::right_issue_grants(),
            Self::Ask => texts::right_ask(),
            Self::DecideAsOwner => texts::right_decide_as_owner(),
            Self::DecideAsHub => texts::right_decide_as_hub(),
            Self::Suspend => texts::right_suspend(),
            Self::ManageAccounts => texts::right_manage_accounts(),
            Self::ReviewAccounts => texts::right_review_accounts(),
            Self::ReadAudit => texts::right_read_audit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_right_is_somebodys_and_the_auditor_changes_nothing() {
        let held: Vec<Right> = Role::ALL.iter().flat_map(|role| role.rights()).copied().collect();
        for right in [
            Right::Govern,
            Right::ApproveTerms,
            Right::DecideAsOwner,
            Right::ReviewAccounts,
            Right::ReadAudit,
        ] {
            assert!(held.contains(&right), "{right:?}");
        }
        assert_eq!(Role::Auditor.rights(), [Right::ReadAudit]);
        // The compliance officer is independent of those they watch (DD-05).
        assert!(!Role::ComplianceOfficer.rights().contains(&Right::ManageAccounts));
    }

    #[test]
    fn a_role_is_held_where_it_belongs() {
        assert!(Role::Auditor.fits(true) && !Role::Auditor.fits(false));
        assert!(!Role::Engineer.fits(true) && Role::Engineer.fits(false));
        assert!(Role::ALL.iter().all(|role| role.fits(true) || role.fits(false)));
    }
}
