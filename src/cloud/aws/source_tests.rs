use aws_types::os_shim_internal::{Env, Fs};

use super::*;

#[test]
fn a_program_that_gives_credentials_gets_no_keyboard() {
    let file = "[profile a]\ncredential_process = \"/opt/my tool\" --for a # of ours\nregion=eu-west-1\n";
    let changed =
        "[profile a]\ncredential_process = exec </dev/null && \"/opt/my tool\" --for a # of ours\nregion=eu-west-1\n";
    assert_eq!(without_keyboard(file), changed);
    let other = "# credential_process = x\n[profile b]\n";
    assert_eq!(without_keyboard(other), other);
}

#[tokio::test]
async fn each_profile_is_renewed_in_its_own_way() {
    let config = "[default]\nsso_session = corp\n[profile keys]\naws_access_key_id = a\naws_secret_access_key = s\n\
                  [profile role]\nrole_arn = r\nsource_profile = sso\n[profile sso]\nsso_start_url = u\n\
                  [profile tool]\ncredential_process = x\n[profile round]\nsource_profile = about\n\
                  [profile about]\nsource_profile = round\n";
    let files = Fs::from_slice(&[("/home/kim/.aws/config", config)]);
    let env = Env::from_slice(&[("HOME", "/home/kim")]);
    let profiles = aws_config::profile::load(&files, &env, &Default::default(), None).await.expect("profiles");
    for (profile, command) in [
        (None, "run `aws sso login`"),
        (Some("sso"), "run `aws sso login --profile sso`"),
        (Some("role"), "run `aws sso login --profile sso`"),
        (Some("keys"), "renew the keys of the profile keys"),
        (Some("tool"), "log in where `credential_process` of the profile tool asks for them"),
        (Some("round"), "run `aws sso login --profile round` or renew its keys"),
    ] {
        assert_eq!(log_in(&profiles, profile), command, "{profile:?}");
    }
}
