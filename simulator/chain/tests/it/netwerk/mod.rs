//! The network from outside: who gets which token, what a policy allows, what a register keeps and tells.

mod abonnement;
mod allow_deny;
mod knooppunt;
mod partij;
mod register;
mod rig;
mod same_case;
mod token;
mod world;
